// Echo peer on quic-go 0.29 as Debian packages it.
//
//	echo server HOST PORT ALPN CERTIFICATES [retry]
//	echo client HOST PORT ALPN CERTIFICATES STREAMS BYTES [DATAGRAMS]
//
// Port 0 takes a free one; "retry" makes the server answer every first Initial with Retry.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	quic "github.com/lucas-clemente/quic-go"
)

func main() {
	var err error
	switch {
	case len(os.Args) >= 6 && os.Args[1] == "server":
		retry := len(os.Args) > 6 && os.Args[6] == "retry"
		err = serve(net.JoinHostPort(os.Args[2], os.Args[3]), os.Args[4], os.Args[5], retry)
	case len(os.Args) >= 8 && os.Args[1] == "client":
		var streams, size, datagrams int
		if streams, err = strconv.Atoi(os.Args[6]); err == nil {
			size, err = strconv.Atoi(os.Args[7])
		}
		if err == nil && len(os.Args) > 8 {
			datagrams, err = strconv.Atoi(os.Args[8])
		}
		if err == nil {
			err = dial(net.JoinHostPort(os.Args[2], os.Args[3]), os.Args[4], os.Args[5], streams, size, datagrams)
		}
		if err == nil {
			fmt.Println("PASS")
		}
	default:
		err = errors.New("arguments: server|client HOST PORT ALPN CERTIFICATES [retry | STREAMS BYTES [DATAGRAMS]]")
	}
	if err != nil {
		fmt.Println("FAIL", err)
		os.Exit(1)
	}
}

func serve(address, alpn, certificates string, retry bool) error {
	certificate, err := tls.LoadX509KeyPair(filepath.Join(certificates, "cert.pem"), filepath.Join(certificates, "key.pem"))
	if err != nil {
		return err
	}
	if os.Getenv("PEER_EXIT_WITH_STDIN") != "" {
		go func() {
			io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
	}
	listener, err := quic.ListenAddr(address,
		&tls.Config{Certificates: []tls.Certificate{certificate}, NextProtos: []string{alpn}},
		&quic.Config{MaxIdleTimeout: 15 * time.Second, EnableDatagrams: true, RequireAddressValidation: func(net.Addr) bool { return retry }})
	if err != nil {
		return err
	}
	fmt.Println("LISTENING", listener.Addr().(*net.UDPAddr).Port)
	for {
		connection, err := listener.Accept(context.Background())
		if err != nil {
			return err
		}
		go serveConnection(connection)
	}
}

func serveConnection(connection quic.Connection) {
	fmt.Println("CONNECTED", connection.RemoteAddr().(*net.UDPAddr).Port, connection.ConnectionState().TLS.NegotiatedProtocol)
	go func() {
		for {
			message, err := connection.ReceiveMessage()
			if err == nil {
				err = connection.SendMessage(message)
			}
			if err != nil {
				// The connection has ended, or the other side takes none; the loop over its streams says so.
				return
			}
		}
	}()
	for {
		stream, err := connection.AcceptStream(context.Background())
		var closed *quic.ApplicationError
		if errors.As(err, &closed) {
			fmt.Println("CLOSED", uint64(closed.ErrorCode), closed.ErrorMessage)
		} else if err != nil {
			fmt.Println("CONNECTION-END", err)
		}
		if err != nil {
			return
		}
		go func() {
			if _, err := io.Copy(stream, stream); err != nil {
				fmt.Println("STREAM-ERROR", stream.StreamID(), err)
				return
			}
			stream.Close()
		}()
	}
}

func dial(address, alpn, certificates string, streams, size, datagrams int) error {
	authority, err := os.ReadFile(filepath.Join(certificates, "ca.pem"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		return errors.New("ca.pem holds no certificate")
	}
	start := time.Now()
	connection, err := quic.DialAddr(address,
		&tls.Config{RootCAs: roots, ServerName: "localhost", NextProtos: []string{alpn}},
		&quic.Config{MaxIdleTimeout: 15 * time.Second, EnableDatagrams: true})
	if err != nil {
		return err
	}
	connected := time.Now()
	fmt.Println("HANDSHAKE", connected.Sub(start).Milliseconds())
	results := make(chan error, streams)
	for i := 0; i < streams; i++ {
		go func() { results <- echoOnce(connection, size) }()
	}
	for i := 0; i < streams; i++ {
		if err := <-results; err != nil {
			return err
		}
	}
	fmt.Println("STREAMS", time.Since(connected).Milliseconds())
	if err := echoDatagrams(connection, datagrams); err != nil {
		return err
	}
	return connection.CloseWithError(7, "bye")
}

// echoOnce sends random bytes on a stream, reads the echo beside it and compares every byte.
func echoOnce(connection quic.Connection, size int) error {
	stream, err := connection.OpenStreamSync(context.Background())
	if err != nil {
		return err
	}
	sent := make([]byte, size)
	if _, err := rand.Read(sent); err != nil {
		return err
	}
	written := make(chan error, 1)
	go func() {
		if _, err := stream.Write(sent); err != nil {
			written <- err
			return
		}
		written <- stream.Close()
	}()
	received, err := io.ReadAll(stream)
	if err != nil {
		return err
	}
	if err := <-written; err != nil {
		return err
	}
	if !bytes.Equal(sent, received) {
		return fmt.Errorf("the echo of %d bytes differs: %d came back", len(sent), len(received))
	}
	return nil
}

// echoDatagrams sends random datagrams one after the other, each again until its echo comes, since either may be lost.
func echoDatagrams(connection quic.Connection, count int) error {
	received := make(chan []byte, 100)
	go func() {
		for {
			message, err := connection.ReceiveMessage()
			if err != nil {
				close(received)
				return
			}
			received <- message
		}
	}()
	for i := 0; i < count; i++ {
		sent := make([]byte, 16+(i*37)%1000)
		if _, err := rand.Read(sent); err != nil {
			return err
		}
		if err := echoDatagram(connection, received, sent); err != nil {
			return err
		}
	}
	if count > 0 {
		fmt.Println("DATAGRAMS", count)
	}
	return nil
}

func echoDatagram(connection quic.Connection, received <-chan []byte, sent []byte) error {
	for attempt := 0; attempt < 5; attempt++ {
		if err := connection.SendMessage(sent); err != nil {
			return err
		}
		late := time.After(time.Second)
		for waiting := true; waiting; {
			select {
			case message, open := <-received:
				if !open {
					return errors.New("the connection ended before a datagram came back")
				}
				if bytes.Equal(message, sent) {
					return nil
				}
			case <-late:
				waiting = false
			}
		}
	}
	return fmt.Errorf("a datagram of %d bytes did not come back", len(sent))
}
