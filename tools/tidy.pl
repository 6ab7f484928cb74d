#!/usr/bin/perl
# tidy.pl: our habits, as a program.  Prints file:line: what is wrong; exit 1 if anything is.
# A style rule that no program checks is advice; a rule that is in here needs no argument.
use strict;
use warnings;
use utf8;
use open qw(:std :encoding(UTF-8));

my $line_max = 100;
my $function_max = 70;
my $file_max = 500;
my $hatches_max = 10; # statements that say it differently to the two engines

my $failed = 0;
my $hatches = 0;

sub bad {
    my ($file, $line, $why) = @_;
    print "$file:$line: $why\n";
    $failed = 1;
}

# The text with comments and the inside of strings blanked, line by line as before.
sub code_of {
    my ($text) = @_;
    my $blank = sub { my $s = shift; $s =~ s/[^\n]/ /g; $s };
    $text =~ s{(/\*.*?\*/)|(//[^\n]*)|"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'}
              {defined $1 ? $blank->($1) : defined $2 ? $blank->($2)
                  : defined $3 ? '"' . $blank->($3) . '"' : "'" . $blank->($4) . "'"}gse;
    return $text;
}

# Every file that people read: width, blanks, open ends.
sub check_text {
    my ($file, $text) = @_;
    my $n = 0;
    for my $line (split /\n/, $text) {
        $n++;
        bad($file, $n, "a tab") if $line =~ /\t/ && $file !~ /Makefile$/;
        bad($file, $n, "trailing space") if $line =~ /[ \t\r]$/;
        # A sentence for people stays in one piece, so that it can be searched for.
        my $max = $file =~ m{\.(sh|pl|yml)$|Makefile$|^\.} ? 120 : $line_max;
        $max = 160 if $line =~ /^\s*(S\()?"(?:[^"\\]|\\.)*"[ ,;)]*$/;
        bad($file, $n, "over $max columns")
            if length($line) > $max && $file !~ m{\.(md|def|svg|json)$|src/base/html\.h$};
        bad($file, $n, "an open end: write the issue, not the note")
            if $line =~ /\b(TODO|FIXME|XXX|HACK)\b/ && $file !~ m{^tools/(tidy\.pl|lint_test\.sh)$};
        bad($file, $n, "a conflict marker") if $line =~ /^(<<<<<<<|>>>>>>>) /;
    }
    bad($file, $n, "over $file_max lines: split it by concept")
        if $n > $file_max && $file !~ /\.(md|css|sql|def|json)$/;
    bad($file, $n, "no newline at its end") if length($text) && $text !~ /\n\z/;
}

# A function begins at a line that is only "{" and ends at the next that is only "}".
sub check_functions {
    my ($file, @lines) = @_;
    my $start;
    for my $i (0 .. $#lines) {
        $start = $i if $lines[$i] eq '{';
        next unless $lines[$i] eq '}' && defined $start;
        my $long = $i - $start - 1;
        bad($file, $start + 1, "a function of $long lines; $function_max are the most")
            if $long > $function_max;
        undef $start;
    }
}

# A default: hides the next member of an enum of ours.  Characters, numbers and the codes of
# foreign libraries may have one.
my $foreign_case = qr/SQLITE_|UV_|CURLE_|HPE_|SSL_|PGRES_|E[A-Z0-9]+\b|SIG[A-Z]+\b|TYPE_/;
sub check_switches {
    my ($file, @lines) = @_;
    my (@open, $depth);
    $depth = 0;
    for my $i (0 .. $#lines) {
        my $line = $lines[$i];
        push @open, { depth => $depth, ours => 0, default => 0 } if $line =~ /\bswitch\s*\(/;
        if (@open) {
            my $top = $open[-1];
            $top->{ours} = 1
                if $line =~ /\bcase\s+(?!$foreign_case)[A-Z][A-Z0-9]*_[A-Z0-9_]+/;
            $top->{default} = $i + 1 if $line =~ /\bdefault\s*:/;
        }
        for my $c ($line =~ /[{}]/g) {
            $depth += $c eq '{' ? 1 : -1;
            if (@open && $c eq '}' && $depth == $open[-1]{depth}) {
                my $top = pop @open;
                bad($file, $top->{default}, "default: in a switch over an enum of ours")
                    if $top->{ours} && $top->{default};
            }
        }
    }
}

# SQL stands in x_db.c, as literals, and rows come in an order.
sub check_sql {
    my ($file, $text, $code) = @_;
    my $at = sub { 1 + (substr($text, 0, $_[0]) =~ tr/\n//) };
    my $home = $file =~ m{_db\.c$|^src/db/|_test\.c$|^src/sim/|^src/app/test_};
    if (!$home) {
        while ($text =~ /"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE|WITH) /g) {
            bad($file, $at->($-[0]), "SQL belongs into x_db.c");
        }
        while ($code =~ /\bdb_(one|find|each|exec|ask)\s*\(/g) {
            bad($file, $at->($-[0]), "db_$1 belongs into x_db.c");
        }
    }
    return if $file =~ m{^src/db/|_test\.c$};
    my $literal = qr/(?:"|DB_SQL\(|[A-Z][A-Z0-9_]+\b)/;
    while ($text =~ /\bdb_(one|each|find|ask|exec)\s*\(/g) {
        my ($verb, $from) = ($1, $-[0]);
        my $rest = substr($text, $from, 3000);
        my $skip = $verb eq 'one' || $verb eq 'each' ? 1 : 2;
        bad($file, $at->($from), "the SQL of db_$verb is not a literal")
            unless $rest =~ /^\w+\s*\((?:[^,"]*,){$skip}\s*$literal/;
        next unless $verb eq 'each' && $rest =~ /^(.*?);\n/s;
        bad($file, $at->($from), "rows without ORDER BY come in any order")
            unless $1 =~ /ORDER BY|_ORDER\b/;
    }
    $hatches++ while $code =~ /\bDB_SQL\s*\(/g;
}

sub check_c {
    my ($file, $text) = @_;
    my $code = code_of($text);
    my @lines = split /\n/, $code;
    check_functions($file, @lines);
    check_switches($file, @lines);
    check_sql($file, $text, $code);
    my $n = 0;
    for my $line (@lines) {
        $n++;
        bad($file, $n, "R1: no floating point") if $line =~ /\b(float|double)\b/
            && $file !~ m{^src/base/metric|^src/risk/fit\.c$};
        bad($file, $n, "R1: no floating point") if $line =~ /(?<![\w.])\d+\.\d+[fF]?\b/
            && $file !~ m{^src/base/metric|^src/risk/fit\.c$};
        bad($file, $n, "a thread-local") if $line =~ /\b(_Thread_local|__thread)\b/;
        bad($file, $n, "memcmp: str_eq, or bytes_equal_secret for secrets (R70)")
            if $line =~ /\bmemcmp\s*\(/ && $file !~ m{^src/(base/|db/|net/|web/|edge/proxy)|_test\.c$};
        bad($file, $n, "goto: TRY and a helper") if $line =~ /\bgoto\b/;
        bad($file, $n, "a pragma against a warning: mend the cause")
            if $line =~ /#\s*pragma\s+(GCC|clang)/ || $line =~ /\bNOLINT/;
        bad($file, $n, "a char * would count as markup in html()")
            if $file =~ /_page\.c$/ && $line =~ /(?<!const )\bchar \*/;
    }
}

# Steps of a schema are numbered without a gap: two of one number end every start.
sub check_steps {
    my %next;
    for my $file (sort @_) {
        next if $file !~ m{^((?:.*/)?schema)/(\d{4})_\w+\.sql$};
        my $want = sprintf "%04d", ++$next{$1};
        bad($file, 1, "the step $want is expected here") if $2 ne $want;
    }
}

my @files = grep { -f } split /\n/, `git ls-files -co --exclude-standard`;
for my $file (@files) {
    bad($file, 1, "does not belong into a repository")
        if $file =~ /\.(orig|rej|swp|o|a|so|db|db-wal|db-shm|pyc|log)$|\.DS_Store|~$/;
    bad($file, 1, "larger than 1 MiB") if -s $file > 1 << 20;
    next if $file =~ m{^tests/(fuzz/corpus|golden)/|\.(png|ico|woff2|gz)$|^LICENSE$};
    open my $in, '<', $file or die "$file: $!";
    my $text = do { local $/; <$in> } // '';
    close $in;
    check_text($file, $text);
    check_c($file, $text) if $file =~ m{^src/.*\.[ch]$};
}
check_steps(@files);
bad("src", 0, "$hatches statements differ between the engines; $hatches_max are the most")
    if $hatches > $hatches_max;
exit $failed;
