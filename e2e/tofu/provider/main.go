// Command provider stands for the Terraform provider aliyun/alicloud, which cannot be had offline: its schema is the table that
// the tests of render have, read from the file that TABLE names. It asks no cloud: what a resource computes stays unknown in a
// plan, and a data source answers with one element in each list. So tofu judges types, arguments, kinds, references and cycles
// of rendered files, and nothing of what the cloud would say.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov5"
	"github.com/hashicorp/terraform-plugin-go/tfprotov5/tf5server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"go.yaml.in/yaml/v3"
)

type table struct {
	Resources map[string]*blockType
	Data      map[string]*blockType
}

type blockType struct {
	Required   []string
	Arguments  map[string]string
	Blocks     map[string]*blockType
	Attributes map[string]any
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	data, err := os.ReadFile(os.Getenv("TABLE"))
	if err != nil {
		return err
	}
	var t table
	if err := yaml.Unmarshal(data, &t); err != nil {
		return err
	}
	s := &server{resources: schemas(t.Resources), data: schemas(t.Data)}
	return tf5server.Serve("registry.opentofu.org/aliyun/alicloud", func() tfprotov5.ProviderServer { return s })
}

func schemas(types map[string]*blockType) map[string]*tfprotov5.Schema {
	list := map[string]*tfprotov5.Schema{}
	for name, t := range types {
		block := t.block()
		if t.Arguments["id"] == "" {
			block.Attributes = append(block.Attributes, &tfprotov5.SchemaAttribute{Name: "id", Type: tftypes.String, Optional: true, Computed: true})
		}
		list[name] = &tfprotov5.Schema{Block: block}
	}
	return list
}

var kinds = map[string]tftypes.Type{
	"string": tftypes.String, "int": tftypes.Number, "float": tftypes.Number, "bool": tftypes.Bool,
	"map": tftypes.Map{ElementType: tftypes.String}, "strings": tftypes.List{ElementType: tftypes.String}, "ints": tftypes.List{ElementType: tftypes.Number},
}

// block is the schema of a block. Every optional argument counts as computed, since which are is not in the table; blocks that
// the table does not list are left out, so that using one is an error.
func (t *blockType) block() *tfprotov5.SchemaBlock {
	b := &tfprotov5.SchemaBlock{}
	for name, kind := range t.Arguments {
		if inner := t.Blocks[name]; inner != nil {
			nested := &tfprotov5.SchemaNestedBlock{TypeName: name, Block: inner.plain(), Nesting: tfprotov5.SchemaNestedBlockNestingModeList}
			if slices.Contains(t.Required, name) {
				nested.MinItems = 1
			}
			b.BlockTypes = append(b.BlockTypes, nested)
		} else if kinds[kind] != nil {
			required := slices.Contains(t.Required, name)
			b.Attributes = append(b.Attributes, &tfprotov5.SchemaAttribute{Name: name, Type: kinds[kind], Required: required, Optional: !required, Computed: !required})
		}
	}
	for name, kind := range t.Attributes {
		b.Attributes = append(b.Attributes, &tfprotov5.SchemaAttribute{Name: name, Type: computed(kind), Computed: true})
	}
	return b
}

// plain is the schema of a nested block, in which nothing is computed.
func (t *blockType) plain() *tfprotov5.SchemaBlock {
	b := t.block()
	for _, a := range b.Attributes {
		a.Computed = false
	}
	return b
}

func computed(kind any) tftypes.Type {
	fields, ok := kind.([]any)
	if !ok {
		return tftypes.String
	}
	object := map[string]tftypes.Type{}
	for _, f := range fields {
		object[fmt.Sprint(f)] = tftypes.String
	}
	return tftypes.List{ElementType: tftypes.Object{AttributeTypes: object}}
}

// server answers what validate and plan ask; a call of anything else is a nil interface, and so a crash that the test sees.
type server struct {
	tfprotov5.ProviderServer
	resources, data map[string]*tfprotov5.Schema
}

func (s *server) GetMetadata(context.Context, *tfprotov5.GetMetadataRequest) (*tfprotov5.GetMetadataResponse, error) {
	return nil, errors.New("not built")
}

func (s *server) GetProviderSchema(context.Context, *tfprotov5.GetProviderSchemaRequest) (*tfprotov5.GetProviderSchemaResponse, error) {
	region := &tfprotov5.SchemaAttribute{Name: "region", Type: tftypes.String, Optional: true}
	return &tfprotov5.GetProviderSchemaResponse{
		Provider:        &tfprotov5.Schema{Block: &tfprotov5.SchemaBlock{Attributes: []*tfprotov5.SchemaAttribute{region}}},
		ResourceSchemas: s.resources, DataSourceSchemas: s.data,
	}, nil
}

func (s *server) PrepareProviderConfig(_ context.Context, r *tfprotov5.PrepareProviderConfigRequest) (*tfprotov5.PrepareProviderConfigResponse, error) {
	return &tfprotov5.PrepareProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (s *server) ConfigureProvider(context.Context, *tfprotov5.ConfigureProviderRequest) (*tfprotov5.ConfigureProviderResponse, error) {
	return &tfprotov5.ConfigureProviderResponse{}, nil
}

func (s *server) StopProvider(context.Context, *tfprotov5.StopProviderRequest) (*tfprotov5.StopProviderResponse, error) {
	return &tfprotov5.StopProviderResponse{}, nil
}

func (s *server) ValidateResourceTypeConfig(context.Context, *tfprotov5.ValidateResourceTypeConfigRequest) (*tfprotov5.ValidateResourceTypeConfigResponse, error) {
	return &tfprotov5.ValidateResourceTypeConfigResponse{}, nil
}

func (s *server) ValidateDataSourceConfig(context.Context, *tfprotov5.ValidateDataSourceConfigRequest) (*tfprotov5.ValidateDataSourceConfigResponse, error) {
	return &tfprotov5.ValidateDataSourceConfigResponse{}, nil
}

// PlanResourceChange plans what was proposed; what nobody set is unknown.
func (s *server) PlanResourceChange(_ context.Context, r *tfprotov5.PlanResourceChangeRequest) (*tfprotov5.PlanResourceChangeResponse, error) {
	planned, err := fill(s.resources[r.TypeName], r.ProposedNewState, func(t tftypes.Type) tftypes.Value { return tftypes.NewValue(t, tftypes.UnknownValue) })
	return &tfprotov5.PlanResourceChangeResponse{PlannedState: planned}, err
}

// ReadDataSource answers with one element in each list of objects.
func (s *server) ReadDataSource(_ context.Context, r *tfprotov5.ReadDataSourceRequest) (*tfprotov5.ReadDataSourceResponse, error) {
	state, err := fill(s.data[r.TypeName], r.Config, answer)
	return &tfprotov5.ReadDataSourceResponse{State: state}, err
}

func answer(t tftypes.Type) tftypes.Value {
	list, ok := t.(tftypes.List)
	if !ok {
		return tftypes.NewValue(t, nil)
	}
	object, ok := list.ElementType.(tftypes.Object)
	if !ok {
		return tftypes.NewValue(t, nil)
	}
	fields := map[string]tftypes.Value{}
	for name := range object.AttributeTypes {
		fields[name] = tftypes.NewValue(tftypes.String, "an-answer")
	}
	return tftypes.NewValue(t, []tftypes.Value{tftypes.NewValue(object, fields)})
}

// fill gives a value to every computed attribute that is null.
func fill(schema *tfprotov5.Schema, value *tfprotov5.DynamicValue, with func(tftypes.Type) tftypes.Value) (*tfprotov5.DynamicValue, error) {
	kind := schema.ValueType()
	v, err := value.Unmarshal(kind)
	if err != nil || v.IsNull() {
		return value, err
	}
	var fields map[string]tftypes.Value
	if err := v.As(&fields); err != nil {
		return nil, err
	}
	for _, a := range schema.Block.Attributes {
		if f := fields[a.Name]; a.Computed && f.IsNull() {
			fields[a.Name] = with(a.Type)
		}
	}
	filled, err := tfprotov5.NewDynamicValue(kind, tftypes.NewValue(kind, fields))
	return &filled, err
}
