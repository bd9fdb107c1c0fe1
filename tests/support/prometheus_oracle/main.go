// Asks Prometheus' own code: one JSON object a line in, one a line out.
//
//	{"expr": "up[5m]", "features": ["promql-experimental-functions"]}  ->  {"type", "text"} or {"error"}
//	{"template": "{{ $labels.job }}"}                                  ->  {} or {"error"}, that of parsing
//	{"exposition": "up 1\n", "format": "text/plain"}                   ->  {"samples": [[name, labels, value]]} or {"error"}
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/template"
)

type question struct {
	Expr       *string  `json:"expr"`
	Features   []string `json:"features"`
	Template   *string  `json:"template"`
	Exposition *string  `json:"exposition"`
	Format     string   `json:"format"`
}

type answer struct {
	Type    string  `json:"type,omitempty"`
	Text    string  `json:"text,omitempty"`
	Samples [][]any `json:"samples,omitempty"`
	Error   string  `json:"error,omitempty"`
}

const variables = "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"

func expression(q question) (a answer) {
	var options parser.Options
	for _, feature := range q.Features {
		switch feature {
		case "promql-experimental-functions":
			options.EnableExperimentalFunctions = true
		case "promql-binop-fill-modifiers":
			options.EnableBinopFillModifiers = true
		}
	}
	expr, err := parser.NewParser(options).ParseExpr(*q.Expr)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Type: string(expr.Type()), Text: expr.String()}
}

func alertText(q question) (a answer) {
	data := template.AlertTemplateData(map[string]string{}, map[string]string{}, "", promql.Sample{})
	expander := template.NewTemplateExpander(context.Background(), variables+*q.Template, "__alert", data, model.Time(0), nil, &url.URL{}, nil)
	if err := expander.ParseTest(); err != nil {
		a.Error = err.Error()
	}
	return a
}

func exposition(q question) (a answer) {
	defer func() { // a text may bring the parser down
		if broken := recover(); broken != nil {
			a = answer{Error: fmt.Sprint("panic: ", broken)}
		}
	}()
	p, err := textparse.New([]byte(*q.Exposition), q.Format, labels.NewSymbolTable(), textparse.ParserOptions{})
	if p == nil {
		return answer{Error: err.Error()}
	}
	for {
		kind, err := p.Next()
		if errors.Is(err, io.EOF) {
			return a
		}
		if err != nil {
			return answer{Error: err.Error()}
		}
		if kind != textparse.EntrySeries {
			continue
		}
		_, _, value := p.Series()
		var set labels.Labels
		p.Labels(&set)
		a.Samples = append(a.Samples, []any{set.Get("__name__"), set.DropReserved(func(n string) bool { return n == "__name__" }).Map(), strconv.FormatFloat(value, 'g', -1, 64)})
	}
}

func main() {
	questions := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	answers := json.NewEncoder(out)
	for {
		var q question
		if questions.Decode(&q) != nil {
			return
		}
		switch {
		case q.Expr != nil:
			answers.Encode(expression(q))
		case q.Template != nil:
			answers.Encode(alertText(q))
		default:
			answers.Encode(exposition(q))
		}
	}
}
