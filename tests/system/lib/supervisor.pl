#!/usr/bin/perl
# supervisor.pl PORT PROGRAM ARGUMENT…: holds the listening socket as systemd would, hands it to the
# program as descriptor 3, and restarts the program whenever it ends.  SIGTERM ends both.
use strict;
use warnings;
use POSIX qw(dup2 _exit);
use Socket;

my ($port, @program) = @ARGV;
$^F = 9;
socket(my $listening, PF_INET, SOCK_STREAM, 0) or die "socket: $!";
setsockopt($listening, SOL_SOCKET, SO_REUSEADDR, 1);
bind($listening, sockaddr_in($port, inet_aton('127.0.0.1'))) or die "bind: $!";
listen($listening, 512) or die "listen: $!";
dup2(fileno($listening), 3) unless fileno($listening) == 3;

$| = 1;
my $over = 0;
my $child;
$SIG{TERM} = sub { $over = 1; kill 'KILL', $child; };
while (!$over) {
    $child = fork() // die "fork: $!";
    if ($child == 0) {
        @ENV{qw(LISTEN_FDS LISTEN_PID)} = (1, $$);
        exec @program or _exit(127);
    }
    print "$child\n";
    waitpid($child, 0);
}
