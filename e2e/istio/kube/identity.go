package kube

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"path/filepath"
	"time"
)

// An identity is what the servers show and what opens them: a self-signed certificate of loopback and one administrator's token,
// both made for this run. The same key signs the tokens of service accounts.
type identity struct {
	certificate, key, tokens string // files
	pem                      []byte
	token                    string
}

func newIdentity(dir string) (*identity, error) {
	id := &identity{
		certificate: filepath.Join(dir, "server.crt"), key: filepath.Join(dir, "server.key"), tokens: filepath.Join(dir, "tokens.csv"),
		token: rand.Text(),
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "e2e"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	id.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for file, data := range map[string][]byte{
		id.certificate: id.pem,
		id.key:         pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}),
		id.tokens:      fmt.Appendf(nil, "%s,admin,admin,system:masters\n", id.token),
	} {
		if err := write(file, data); err != nil {
			return nil, err
		}
	}
	return id, nil
}

// encoded gives the certificate as a kubeconfig holds it.
func (id *identity) encoded() string { return base64.StdEncoding.EncodeToString(id.pem) }
