# What the AWS SDK for Ruby signs, as `send.py` sends it: `signer.rb URL REQUESTS`.
require "aws-sigv4"
require "json"
require "uri"

URL, REQUESTS = ARGV
SIGNER = Aws::Sigv4::Signer.new(
  service: "execute-api", region: "us-east-1", access_key_id: "ASIAIOSFODNN7EXAMPLE",
  secret_access_key: ENV.fetch("ALICES_SECRET_ACCESS_KEY"), session_token: ENV.fetch("ALICES_SESSION_TOKEN")
)

def signed(request, headers, body)
  signature = SIGNER.sign_request(http_method: request["method"], url: URL + request["target"], headers: headers, body: body)
  { target: request["target"], headers: headers.merge(signature.headers) }
end

def presigned(request, headers, body)
  url = SIGNER.presign_url(http_method: request["method"], url: URL + request["target"], headers: headers, body: body, expires_in: 60)
  { target: url.to_s.delete_prefix(URL), headers: headers.merge("host" => URI(URL).host + ":#{URI(URL).port}") }
end

{ "SDK for Ruby" => :signed, "SDK for Ruby, presigned" => :presigned }.each do |client, sign|
  JSON.parse(File.read(REQUESTS)).each do |request|
    told = { client: client, request: request["name"], method: request["method"] }
    body = request["repeat"] ? "x" * request["repeat"] : request.fetch("body", "")
    begin
      told.merge!(send(sign, request, request.fetch("headers", {}), body))
    rescue ArgumentError => error
      told[:error] = "ArgumentError: #{error.message}"
    end
    puts JSON.dump(told)
  end
end
