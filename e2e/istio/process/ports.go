package process

import "net"

// Ports gives addresses of free ports on loopback. They are free when it returns; who takes them comes after.
func Ports(n int) ([]string, error) {
	addresses := make([]string, n)
	for i := range addresses {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close() // all stay open until the last is found, so that none is given twice
		addresses[i] = l.Addr().String()
	}
	return addresses, nil
}
