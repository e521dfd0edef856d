package kube

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// manager is the field manager of everything that is applied.
const manager = "meshtopo-e2e"

// A Client writes to one kube-apiserver over one connection.
type Client struct {
	url, token string
	http       *http.Client

	mu        sync.Mutex
	resources map[string]map[string]resource // by apiVersion and kind; a version is asked for once
}

type resource struct {
	Name       string `json:"name"` // plural
	Kind       string `json:"kind"`
	Namespaced bool   `json:"namespaced"`
}

func newClient(url string, id *identity) *Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(id.pem)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	return &Client{url: url, token: id.token, http: &http.Client{Transport: transport}, resources: map[string]map[string]resource{}}
}

// Apply applies an object by server-side apply, as `kubectl apply --server-side` does, without force: a conflict is an error.
func (c *Client) Apply(ctx context.Context, o Object) error {
	path, err := c.path(ctx, o)
	if err != nil {
		return err
	}
	query := url.Values{"fieldManager": {manager}, "fieldValidation": {"Strict"}}
	if _, err = c.do(ctx, "PATCH", path+"?"+query.Encode(), "application/apply-patch+yaml", o); err != nil {
		return fmt.Errorf("apply %s: %w", o.ID(), err)
	}
	return nil
}

// Create creates an object, as a controller does.
func (c *Client) Create(ctx context.Context, o Object) error {
	path, err := c.path(ctx, o)
	if err != nil {
		return err
	}
	if _, err := c.do(ctx, "POST", strings.TrimSuffix(path, "/"+o.Name()), "application/json", o); err != nil {
		return fmt.Errorf("create %s: %w", o.ID(), err)
	}
	return nil
}

// Replace puts an object in the place of the one of its name, as a controller does.
func (c *Client) Replace(ctx context.Context, o Object) error {
	path, err := c.path(ctx, o)
	if err != nil {
		return err
	}
	if _, err := c.do(ctx, "PUT", path, "application/json", o); err != nil {
		return fmt.Errorf("replace %s: %w", o.ID(), err)
	}
	return nil
}

// SetStatus sets the fields of an object's status that are given.
func (c *Client) SetStatus(ctx context.Context, o Object) error {
	path, err := c.path(ctx, o)
	if err != nil {
		return err
	}
	if _, err := c.do(ctx, "PATCH", path+"/status", "application/merge-patch+json", o); err != nil {
		return fmt.Errorf("status of %s: %w", o.ID(), err)
	}
	return nil
}

// Delete deletes an object at once. That it is not there is no error.
func (c *Client) Delete(ctx context.Context, o Object) error {
	path, err := c.path(ctx, o)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, "DELETE", path+"?gracePeriodSeconds=0&propagationPolicy=Background", "", nil)
	if failed, ok := err.(*statusError); ok && failed.code == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete %s: %w", o.ID(), err)
	}
	return nil
}

// Get gives the object as the server has it.
func (c *Client) Get(ctx context.Context, o Object) (Object, error) {
	path, err := c.path(ctx, o)
	if err != nil {
		return nil, err
	}
	body, err := c.do(ctx, "GET", path, "", nil)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", o.ID(), err)
	}
	var got Object
	return got, json.Unmarshal(body, &got)
}

// path gives the path of an object, with the resource that the server's discovery says its kind has.
func (c *Client) path(ctx context.Context, o Object) (string, error) {
	version := o.APIVersion()
	base := "/apis/" + version
	if version == "v1" {
		base = "/api/v1"
	}
	r, err := c.resource(ctx, base, version, o.Kind())
	if err != nil {
		return "", err
	}
	if !r.Namespaced {
		return base + "/" + r.Name + "/" + o.Name(), nil
	}
	namespace := o.Namespace()
	if namespace == "" {
		namespace = "default"
	}
	return base + "/namespaces/" + namespace + "/" + r.Name + "/" + o.Name(), nil
}

func (c *Client) resource(ctx context.Context, base, version, kind string) (resource, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, known := c.resources[version][kind]; known {
		return r, nil
	}
	body, err := c.do(ctx, "GET", base, "", nil)
	if err != nil {
		return resource{}, fmt.Errorf("discover %s: %w", version, err)
	}
	var list struct {
		Resources []resource `json:"resources"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return resource{}, err
	}
	kinds := map[string]resource{}
	for _, r := range list.Resources {
		if !bytes.ContainsRune([]byte(r.Name), '/') { // not a subresource
			kinds[r.Kind] = r
		}
	}
	c.resources[version] = kinds
	if r, known := kinds[kind]; known {
		return r, nil
	}
	return resource{}, fmt.Errorf("the server has no kind %q in %q", kind, version)
}

// A statusError is an answer that says no.
type statusError struct {
	code int
	body []byte
}

func (e *statusError) Error() string {
	var status struct{ Message string }
	if json.Unmarshal(e.body, &status) == nil && status.Message != "" {
		return fmt.Sprintf("%d: %s", e.code, status.Message)
	}
	return fmt.Sprintf("%d: %s", e.code, e.body)
}

// do sends a request and gives the body of the answer.
func (c *Client) do(ctx context.Context, method, path, contentType string, body any) ([]byte, error) {
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		reader = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.url+path, reader)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.token)
	request.Header.Set("Accept", "application/json")
	if contentType != "" {
		request.Header.Set("Content-Type", contentType)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode >= 300 {
		return nil, &statusError{answer.StatusCode, data}
	}
	return data, nil
}
