// Asks kyaml, with which the image automation of Flux reads its markers: one JSON object a line in, one a line out. Kyaml reads the
// comments and what they refer to; the walk through a document is Flux' own, written anew here.
//
//	{"yaml": "a: b # ...", "setters": {"ns:name": "app:v1"}}  ->  {"set": [[0, "/a", "ns:name"]]}, with the document's number, or {"error"}
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"strconv"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/fieldmeta"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

type question struct {
	Yaml    string            `json:"yaml"`
	Setters map[string]string `json:"setters"`
}

type answer struct {
	Set   [][]any `json:"set"`
	Error string  `json:"error,omitempty"`
}

type extension struct {
	Setter *struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	} `json:"setter"`
}

func setterOf(node *yaml.RNode, schema *spec.Schema) string {
	fm := fieldmeta.FieldMeta{SettersSchema: schema}
	if err := fm.Read(node); err != nil || fm.IsEmpty() {
		return ""
	}
	found := &fm.Schema
	if fm.Schema.Ref.String() != "" {
		resolved, err := openapi.Resolve(&fm.Schema.Ref, schema)
		if err != nil || resolved == nil {
			return ""
		}
		found = resolved
	}
	cli := found.VendorExtensible.Extensions["x-k8s-cli"]
	if cli == nil {
		return ""
	}
	b, _ := json.Marshal(cli)
	var e extension
	if json.Unmarshal(b, &e) != nil || e.Setter == nil {
		return ""
	}
	return e.Setter.Name
}

func visit(node *yaml.RNode, document int, path string, schema *spec.Schema, a *answer) error {
	switch node.YNode().Kind {
	case yaml.MappingNode:
		return node.VisitFields(func(field *yaml.MapNode) error {
			return visit(field.Value, document, path+"/"+field.Key.YNode().Value, schema, a)
		})
	case yaml.SequenceNode:
		index := 0
		return node.VisitElements(func(element *yaml.RNode) error {
			index++
			return visit(element, document, path+"/"+strconv.Itoa(index-1), schema, a)
		})
	case yaml.ScalarNode:
		if name := setterOf(node, schema); name != "" {
			a.Set = append(a.Set, []any{document, path, name})
		}
	}
	return nil
}

func ask(q question) (a answer) {
	a.Set = [][]any{}
	openapi.ResetOpenAPI()
	schema := &spec.Schema{}
	schema.Definitions = map[string]spec.Schema{}
	for name, value := range q.Setters {
		var s spec.Schema
		s.VendorExtensible.AddExtension("x-k8s-cli", map[string]any{"setter": map[string]any{"name": name, "value": value}})
		schema.Definitions[fieldmeta.SetterDefinitionPrefix+name] = s
	}
	reader := &kio.ByteReader{DisableUnwrapping: true, Reader: bytes.NewBufferString(q.Yaml), OmitReaderAnnotations: true}
	nodes, err := reader.Read()
	if err != nil {
		return answer{Error: err.Error()}
	}
	for i, node := range nodes {
		if err := visit(node, i, "", schema, &a); err != nil {
			return answer{Error: err.Error()}
		}
	}
	return a
}

func main() {
	fieldmeta.SetShortHandRef("$imagepolicy")
	openapi.SuppressBuiltInSchemaUse()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<26)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for in.Scan() {
		var q question
		if err := json.Unmarshal(in.Bytes(), &q); err != nil {
			panic(err)
		}
		if err := out.Encode(ask(q)); err != nil {
			panic(err)
		}
	}
}
