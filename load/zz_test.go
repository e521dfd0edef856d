package load
import ("testing";"os";"encoding/json";"bytes"
"cuelang.org/go/encoding/jsonschema"
"cuelang.org/go/cue/format"
)
func TestZZ(t *testing.T){
 s:=compile()
 e,err:=jsonschema.Generate(s.top,nil)
 if err!=nil{t.Fatal(err)}
 b,_:=format.Node(e); os.WriteFile("/tmp/gen/s.cue",b,0o644)
 v:=s.ctx.BuildExpr(e)
 d,err:=v.MarshalJSON()
 if err!=nil{t.Fatal(err)}
 var o bytes.Buffer
 json.Indent(&o,d,""," ")
 os.WriteFile("/tmp/gen/s.json",o.Bytes(),0o644)
}
