#!/usr/bin/perl
# sbom.pl [PROGRAM]                   what purser is built, run and tested with, as CycloneDX JSON: the
#                                     Debian packages of its libraries and tools, the C compiled in,
#                                     and what the lock files of npm pin
# sbom.pl --check [LIST [COMPONENTS]] fails on a version that stands in packaging/vulnerable.def;
#                                     COMPONENTS: a file as this writes it, instead of this machine
# No network: the machine's own list of packages, and files of the repository.
use strict;
use warnings;
use JSON::PP;

my $check = @ARGV && $ARGV[0] eq '--check' ? shift : '';

sub slurp {
    my ($file) = @_;
    open my $in, '<', $file or die "sbom.pl: $file: $!\n";
    local $/;
    return scalar <$in>;
}

# ---- what there is: { kind, name, version, source, at }

# The libraries that the program runs with, whoever asked for them.
sub run_with {
    my ($program) = @_;
    my %file = map { $_ => 1 } map { m{=> (/\S+)} ? $1 : () } `ldd '$program' 2>/dev/null`;
    die "sbom.pl: no libraries of $program: build it first (make)\n" unless %file;
    # Debian knows /usr/lib as /lib, or the other way round.
    my %name;
    for my $file (keys %file) {
        chomp(my $real = `realpath '$file'`);
        $name{$_} = 1 for $file, $real, "/usr$file", $real =~ s{^/usr}{}r;
    }
    my @owners = `dpkg-query -S @{[ sort keys %name ]} 2>/dev/null`;
    return map { /^([^:,]+)/ ? ($1 => 'required') : () } @owners;
}

# The tools that tools/deps.sh names, where they are Debian's.
sub built_with {
    my %package;
    my $text = slurp('tools/deps.sh');
    while ($text =~ /want\+?=\(([^)]*)\)/g) {
        $package{$_} = 'excluded' for split ' ', $1;
    }
    return %package;
}

sub debian {
    my ($program) = @_;
    my %scope = (built_with(), run_with($program));
    my @found;
    my $format = '${db:Status-Status}\t${Package}\t${Version}\t${source:Package}\t${source:Version}\n';
    for (split /\n/, `dpkg-query -W -f='$format' @{[ sort keys %scope ]} 2>/dev/null`) {
        my ($status, $name, $version, $source, $source_version) = split /\t/;
        next unless $status eq 'installed';
        push @found, { kind => 'deb', name => $name, version => $version, source => $source,
            source_version => $source_version, scope => $scope{$name} };
    }
    return @found;
}

sub compiled_in {
    my $head = slurp('build/llhttp/usr/share/include/llhttp/llhttp.h');
    my @version = map { $head =~ /LLHTTP_VERSION_$_\s+(\d+)/ ? $1 : die "sbom.pl: which llhttp?\n" }
        qw(MAJOR MINOR PATCH);
    return { kind => 'code', name => 'llhttp', version => join('.', @version), scope => 'required' };
}

sub npm {
    my %found;
    for my $file (split /\n/, `git ls-files '*package-lock.json'`) {
        my $packages = decode_json(slurp($file))->{packages};
        for my $path (keys %$packages) {
            my $version = $packages->{$path}{version};
            next unless $path =~ m{node_modules/((?:@[^/]+/)?[^/]+)$} && defined $version;
            $found{"$1 $version"} //= { kind => 'npm', name => $packages->{$path}{name} // $1,
                version => $version, scope => 'excluded' };
        }
    }
    return values %found;
}

# ---- as a document

my %purl = (deb => 'deb/debian', npm => 'npm', code => 'generic');

sub document {
    my @components;
    for (sort { "$a->{kind} $a->{name} $a->{version}" cmp "$b->{kind} $b->{name} $b->{version}" } @_) {
        my $name = $_->{name} =~ s/^\@/%40/r;
        my $purl = "pkg:$purl{$_->{kind}}/$name\@" . $_->{version} =~ s/([^\w.~-])/sprintf '%%%02X', ord $1/egr;
        my %one = (type => $_->{kind} eq 'deb' && $_->{scope} eq 'excluded' ? 'application' : 'library',
            'bom-ref' => $purl, name => $_->{name}, version => $_->{version}, purl => $purl,
            scope => $_->{scope});
        $one{properties} = [ { name => 'debian:source', value => $_->{source} },
            { name => 'debian:source-version', value => $_->{source_version} } ] if $_->{source};
        push @components, \%one;
    }
    my ($version) = slurp('Makefile') =~ /^VERSION := (\S+)/m;
    return { bomFormat => 'CycloneDX', specVersion => '1.5', version => 1,
        metadata => { component => { type => 'application', name => 'purser', version => $version } },
        components => \@components };
}

sub from_document {
    my ($file) = @_;
    my @found;
    for (@{ decode_json(slurp($file))->{components} }) {
        my $kind = '';
        for my $try (keys %purl) {
            $kind = $try if $_->{purl} =~ m{^pkg:\Q$purl{$try}\E/};
        }
        my %property = map { $_->{name} => $_->{value} } @{ $_->{properties} // [] };
        push @found, { kind => $kind, name => $_->{name}, version => $_->{version},
            source => $property{'debian:source'}, source_version => $property{'debian:source-version'} };
    }
    return @found;
}

# ---- against the list

sub compare_plain {
    my @a = $_[0] =~ /(\d+)/g;
    my @b = $_[1] =~ /(\d+)/g;
    for (0 .. 2) {
        my $d = ($a[$_] // 0) <=> ($b[$_] // 0);
        return $d if $d;
    }
    return 0;
}

sub holds {
    my ($kind, $version, $sign, $limit) = @_;
    return system('dpkg', '--compare-versions', $version, { '<' => 'lt', '>=' => 'ge', '=' => 'eq' }->{$sign},
        $limit) == 0 if $kind eq 'deb';
    my $d = compare_plain($version, $limit);
    return $sign eq '<' ? $d < 0 : $sign eq '>=' ? $d >= 0 : $d == 0;
}

sub check {
    my ($list, @found) = @_;
    my ($n, $lines, $failed) = (0, 0, 0);
    for (split /\n/, slurp($list)) {
        $n++;
        next if /^\s*(#|$)/;
        /^(accepted )?(deb|npm|code) (\S+) ((?:(?:<|>=|=) \S+ ?)+)\s+((?:CVE|GHSA)-\S+)\s+(\S.*)$/
            or die "$list:$n: it is [accepted] deb|npm|code NAME RANGE ADVISORY WORDS\n";
        my ($accepted, $kind, $name, $range, $advisory, $words) = ($1, $2, $3, $4, $5, $6);
        $lines++;
        for my $one (grep { $_->{kind} eq $kind && ($_->{source} // $_->{name}) eq $name } @found) {
            my $version = $one->{source_version} // $one->{version};
            my $in = 1;
            $in &&= holds($kind, $version, $1, $2) while $range =~ /(<|>=|=) (\S+)/g;
            next unless $in;
            print "$one->{name} $one->{version}: $advisory, $words", $accepted ? " (accepted)\n" : "\n";
            $failed = 1 unless $accepted;
        }
    }
    die "$list lists nothing\n" unless $lines;
    print scalar(@found), " components, $lines known vulnerabilities\n";
    return $failed;
}

if ($check) {
    my ($list, $components) = @ARGV;
    my @found = $components ? from_document($components) : (debian('build/purser'), compiled_in(), npm());
    exit check($list // 'packaging/vulnerable.def', @found);
}
print JSON::PP->new->canonical->pretty->encode(document(debian($ARGV[0] // 'build/purser'), compiled_in(), npm()));
