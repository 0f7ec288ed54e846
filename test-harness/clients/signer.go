// What the AWS SDK for Go v2 signs, as `send.py` sends it: `signer URL REQUESTS`.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

type request struct {
	Name, Method, Target, Body string
	Headers                    map[string]string
	Repeat                     int
}

type signed struct {
	Client  string            `json:"client"`
	Request string            `json:"request"`
	Error   string            `json:"error,omitempty"`
	Method  string            `json:"method"`
	Target  string            `json:"target"`
	Headers map[string]string `json:"headers"`
}

var (
	signer    = v4.NewSigner()
	permanent = aws.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: os.Getenv("ALICES_SECRET_ACCESS_KEY")}
	temporary = aws.Credentials{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: os.Getenv("ALICES_SECRET_ACCESS_KEY"), SessionToken: os.Getenv("ALICES_SESSION_TOKEN")}
)

func main() {
	text, err := os.ReadFile(os.Args[2])
	var requests []request
	if err == nil {
		err = json.Unmarshal(text, &requests)
	}
	if err != nil {
		panic(err)
	}
	for client, sign := range map[string]func(*http.Request, string) (string, error){"SDK for Go": inHeaders, "SDK for Go, presigned": presigned} {
		for _, one := range requests {
			line, _ := json.Marshal(signedBy(client, sign, os.Args[1], one))
			fmt.Println(string(line))
		}
	}
}

func signedBy(client string, sign func(*http.Request, string) (string, error), base string, one request) signed {
	body := one.Body + strings.Repeat("x", one.Repeat)
	digest := sha256.Sum256([]byte(body))
	it, err := http.NewRequest(one.Method, base+one.Target, strings.NewReader(body))
	if err != nil {
		return signed{Client: client, Request: one.Name, Error: err.Error()}
	}
	for name, value := range one.Headers {
		it.Header.Set(name, value)
	}
	target, err := sign(it, hex.EncodeToString(digest[:]))
	if err != nil {
		return signed{Client: client, Request: one.Name, Error: err.Error()}
	}
	headers := map[string]string{"Host": it.Host}
	for name := range it.Header {
		headers[name] = it.Header.Get(name)
	}
	return signed{Client: client, Request: one.Name, Method: one.Method, Target: target, Headers: headers}
}

func inHeaders(it *http.Request, digest string) (string, error) {
	err := signer.SignHTTP(context.Background(), temporary, it, digest, "execute-api", "us-east-1", time.Now())
	return it.URL.RequestURI(), err
}

func presigned(it *http.Request, digest string) (string, error) {
	it.URL.RawQuery = strings.Trim(it.URL.RawQuery+"&X-Amz-Expires=60", "&")
	whole, _, err := signer.PresignHTTP(context.Background(), permanent, it, digest, "execute-api", "us-east-1", time.Now())
	if err != nil {
		return "", err
	}
	at, err := url.Parse(whole)
	if err != nil {
		return "", err
	}
	return at.RequestURI(), nil
}
