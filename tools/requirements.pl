#!/usr/bin/perl
# requirements.pl: docs/requirements.md against the tests.  A sentence that begins with R-numbers
# shows those requirements.  Prints the list; exit 1 when page and tests contradict each other.
use strict;
use warnings;

my $page = 'docs/requirements.md';
my %jobs = map { $_ => 1 } qw(engine shop proof stripe credits packs memberships market);
my (%tests, %row, $failed);

sub bad {
    print "$page: $_[0]\n";
    $failed = 1;
}

# TEST("R12 R13 …") in C, test('R12 …' in JavaScript, and the lints that are tests of a rule.
for my $file (split /\n/, `git ls-files -co --exclude-standard src tests tools`) {
    next unless $file =~ m{_test\.c$|\.test\.mjs$|/cases/|^tools/\w+\.(sh|pl)$};
    open my $in, '<', $file or next;
    my $text = do { local $/; <$in> };
    while ($text =~ /(?:\bTEST\(\s*"|\b(?:test|onFile|onPostgres)\(\s*['"`]|^# )((?:R\d+[ ,]+(?:and )?)*R\d+)\b/gm) {
        my $numbers = $1;
        $tests{$_}{$file}++ for $numbers =~ /R(\d+)/g;
    }
}

open my $in, '<', $page or die "$page: $!";
while (<$in>) {
    next unless /^\| R(\d+)(\*?) \| (.*) \| (.*) \|$/;
    my ($n, $star, $what, $where) = ($1, $2, $3, $4);
    bad("R$n stands twice") if $row{$n};
    $row{$n} = [ $star, $what, $where ];
    my ($tested, $job) = $where =~ /^(tested)?(?:(?:; more )?with (\w+))?$/ or bad("R$n: \"$where\"?");
    bad("R$n is brought by \"$job\", which is no job") if defined $job && !$jobs{$job};
    bad("R$n claims a test, and no test begins with its number") if $tested && !$tests{$n};
    bad("R$n has a test; its row does not say so") if !$tested && $tests{$n};
    bad("R$n names neither test nor job") if !$tested && !defined $job;
}
for my $n (1 .. 100) {
    bad("R$n is missing") unless $row{$n};
}
for my $n (keys %tests) {
    bad("a test names R$n, which does not exist") unless $row{$n};
}

my ($all, $shown, $starred, $starred_shown) = (0, 0, 0, 0);
for my $n (sort { $a <=> $b } keys %row) {
    my ($star, $what, $where) = @{ $row{$n} };
    my $count = 0;
    $count += $_ for values %{ $tests{$n} // {} };
    printf "%-5s %-28s %s\n", "R$n$star", $count ? "$count tests" . ($where =~ /more (with \w+)/ ? ", more $1" : '')
        : $where, $what if grep { $_ eq '--list' } @ARGV;
    $all++;
    $shown++ if $count;
    $starred++ if $star;
    $starred_shown++ if $star && $count;
}
print "requirements: $shown of $all have tests; of the $starred starred ones $starred_shown\n";
exit($failed // 0);
