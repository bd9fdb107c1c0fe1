// Flagger's load tester on loopback: its own handler of webhooks, behind the options with which its image is started. The load tester itself listens
// on all addresses. The line "listening on 127.0.0.1:PORT" on standard error says where.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/fluxcd/flagger/pkg/loadtester"
	"go.uber.org/zap"
)

func main() {
	flag.String("port", "", "ignored: a free one is taken")
	flag.String("log-level", "", "ignored")
	timeout := flag.Duration("timeout", time.Hour, "the longest that a command may take")
	flag.Parse()

	logger := zap.NewNop().Sugar()
	http.HandleFunc("/healthz", loadtester.HandleHealthz)
	http.HandleFunc("/", loadtester.HandleNewTask(logger, loadtester.NewTaskRunner(logger, *timeout), loadtester.NewAuthorizer(nil)))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stderr, "listening on", listener.Addr())
	fmt.Fprintln(os.Stderr, http.Serve(listener, nil))
	os.Exit(1)
}
