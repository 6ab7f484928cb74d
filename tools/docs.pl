#!/usr/bin/perl
# docs.pl: every file that a document names is there, and every link leads somewhere.
use strict;
use warnings;

my $failed = 0;
for my $page (split /\n/, `git ls-files -co --exclude-standard '*.md'`) {
    open my $in, '<', $page or next;
    my $folder = $page =~ m{^(.*/)} ? $1 : '';
    while (<$in>) {
        # A pattern (x_db.c, NNNN_x.sql, src/<feature>/) is no name.
        for my $name (/`((?:src|tools|docs|schema|tests|bench|packaging)\/[\w.\/-]+)`/g) {
            next if $name =~ /\bNNNN_|\/x_/ || -e $name;
            print "$page:$.: there is no $name\n";
            $failed = 1;
        }
        for my $to (/\]\(([^)#:]+)\)/g) {
            next if -e "$folder$to";
            print "$page:$.: the link to $to leads nowhere\n";
            $failed = 1;
        }
    }
}
exit $failed;
