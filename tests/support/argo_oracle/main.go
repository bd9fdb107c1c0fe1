// What Argo Rollouts 1.8 says of conditions: expr in the version that it uses, with the functions that its utils/evaluate adds for numbers. One JSON
// question a line in, {"values": ["0.5"], "scalar": false, "condition": "result[0] > 1"}, one answer out: "true", "false" or "error".
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/antonmedv/expr"
)

type question struct {
	Scalar    bool     `json:"scalar"`
	Values    []string `json:"values"`
	Condition string   `json:"condition"`
}

func asInt(in any) int64 {
	switch value := in.(type) {
	case float64:
		return int64(value)
	case int64:
		return value
	case int:
		return int64(value)
	case string:
		read, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			panic(err)
		}
		return read
	}
	panic(fmt.Sprintf("asInt() of %T", in))
}

func asFloat(in any) float64 {
	switch value := in.(type) {
	case float64:
		return value
	case int64:
		return float64(value)
	case int:
		return float64(value)
	case string:
		read, err := strconv.ParseFloat(value, 64)
		if err != nil {
			panic(err)
		}
		return read
	}
	panic(fmt.Sprintf("asFloat() of %T", in))
}

func answer(asked question) string {
	values := []float64{}
	for _, text := range asked.Values {
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(err)
		}
		values = append(values, value)
	}
	var result any = values
	if asked.Scalar {
		result = values[0]
	}
	env := map[string]any{
		"result":  result,
		"asInt":   asInt,
		"asFloat": asFloat,
		"isNaN":   math.IsNaN,
		"isInf":   func(value float64) bool { return math.IsInf(value, 0) },
		"isNil":   func(any) bool { return false },
		"default": func(any, any) any { return result },
	}
	program, err := expr.Compile(asked.Condition, expr.Env(env))
	if err != nil {
		return "error"
	}
	said, err := expr.Run(program, env)
	if truth, right := said.(bool); err == nil && right {
		return strconv.FormatBool(truth)
	}
	return "error"
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		var asked question
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			panic(err)
		}
		fmt.Fprintln(out, answer(asked))
	}
}
