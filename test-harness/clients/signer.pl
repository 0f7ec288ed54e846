# What Net::Amazon::Signature::V4 signs, as `send.py` sends it: `signer.pl URL REQUESTS`.
use strict;
use warnings;
use HTTP::Request;
use JSON::PP;
use Net::Amazon::Signature::V4;

my ($url, $file) = @ARGV;
open my $opened, '<', $file or die $!;
my $requests = decode_json(do { local $/; <$opened> });
my $signer = Net::Amazon::Signature::V4->new('AKIAIOSFODNN7EXAMPLE', $ENV{ALICES_SECRET_ACCESS_KEY}, 'us-east-1', 'execute-api');

# It warns of parameters that have no name.
local $SIG{__WARN__} = sub { };
for my $request (@$requests) {
    my $body = $request->{repeat} ? 'x' x $request->{repeat} : $request->{body} // '';
    utf8::encode($body);
    my $unsigned = HTTP::Request->new($request->{method}, $url . $request->{target}, [%{ $request->{headers} // {} }], $body);
    $unsigned->header(Host => $unsigned->uri->host_port);
    my $signed = $signer->sign($unsigned);
    my %headers;
    $signed->headers->scan(sub { $headers{ $_[0] } = $_[1] });
    print encode_json({
        client => 'Net::Amazon::Signature::V4', request => $request->{name},
        method => $request->{method}, target => $request->{target}, headers => \%headers,
    }), "\n";
}
