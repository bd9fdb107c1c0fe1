// Asks Prometheus' own code: one JSON object a line in, one a line out.
//
//	{"expr": "up[5m]", "features": ["promql-experimental-functions"]}  ->  {"type", "text"} or {"error"}
//	{"template": "{{ $labels.job }}"}                                  ->  {} or {"error"}, that of parsing
//	{"exposition": "dXAgMQo=", "format": "text/plain"}                 ->  {"samples": [[name, labels, value]], "types": [[family, type]]} or {"error"},
//	                                                                       for a page in Base64: it need not be UTF-8
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
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/exemplar"
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
	Exposition []byte   `json:"exposition"`
	Format     string   `json:"format"`
}

type answer struct {
	Type    string     `json:"type,omitempty"`
	Text    string     `json:"text,omitempty"`
	Samples [][]any    `json:"samples,omitempty"`
	Types   [][]string `json:"types,omitempty"`
	Error   string     `json:"error,omitempty"`
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

// Each target has labels of its own, which Prometheus adds to every series. This one is in no text.
const targetLabel = "slipway_target"

// What a scrape stores of one series, or why it fails: the steps of scrape.scrapeLoopAppender.append, of mutateSampleLabels
// and of the storage's getOrCreate that look at labels. All three are private.
func stored(exposed labels.Labels) (labels.Labels, error) {
	builder := labels.NewBuilder(exposed)
	builder.Set(targetLabel, "x")
	set := builder.Labels()
	if !set.Has(model.MetricNameLabel) {
		return set, errors.New("missing metric name (__name__ label)")
	}
	if !set.IsValid(model.UTF8Validation) {
		return set, fmt.Errorf("invalid metric name or label names: %s", set.String())
	}
	set = set.WithoutEmpty()
	if name, is := set.HasDuplicateLabelNames(); is {
		return set, fmt.Errorf("label name %q is not unique", name)
	}
	return set, nil
}

// A scrape is taken as a whole or fails as a whole. Times are not looked at: a series whose sample is too old to be stored
// is never examined.
func exposition(q question) (a answer) {
	defer func() { // a text may bring the parser down
		if broken := recover(); broken != nil {
			a = answer{Error: fmt.Sprint("panic: ", broken)}
		}
	}()
	if len(q.Exposition) == 0 { // a scrape without a body is never parsed
		return a
	}
	p, err := textparse.New(q.Exposition, q.Format, labels.NewSymbolTable(), textparse.ParserOptions{})
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
		switch kind {
		case textparse.EntryType:
			family, of := p.Type()
			a.Types = append(a.Types, []string{strings.ToValidUTF8(string(family), "\uFFFD"), string(of)})
		case textparse.EntrySeries:
			_, _, value := p.Series()
			var exposed labels.Labels
			p.Labels(&exposed)
			set, err := stored(exposed)
			if err != nil {
				return answer{Error: err.Error()}
			}
			var e exemplar.Exemplar
			for p.Exemplar(&e) {
			}
			others := set.Map()
			delete(others, model.MetricNameLabel)
			delete(others, targetLabel)
			a.Samples = append(a.Samples, []any{set.Get(model.MetricNameLabel), others, strconv.FormatFloat(value, 'g', -1, 64)})
		}
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
