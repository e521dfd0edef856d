package shape

import (
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	// The descriptors register themselves; nothing else of these packages is used.
	_ "istio.io/api/extensions/v1alpha1"
	_ "istio.io/api/mesh/v1alpha1"
	_ "istio.io/api/networking/v1alpha3"
	_ "istio.io/api/networking/v1beta1"
	_ "istio.io/api/security/v1beta1"
	_ "istio.io/api/telemetry/v1alpha1"
)

// Message is the full protobuf name of a message of istio.io/api. Any message of that module can be named; the constants are
// those that stand at the root of something users write.
type Message string

// The specs of the kinds that istio.io/api serves as CustomResourceDefinitions.
const (
	AuthorizationPolicy   Message = "istio.security.v1beta1.AuthorizationPolicy"
	DestinationRule       Message = "istio.networking.v1alpha3.DestinationRule"
	EnvoyFilter           Message = "istio.networking.v1alpha3.EnvoyFilter"
	Gateway               Message = "istio.networking.v1alpha3.Gateway"
	PeerAuthentication    Message = "istio.security.v1beta1.PeerAuthentication"
	ProxyConfig           Message = "istio.networking.v1beta1.ProxyConfig"
	RequestAuthentication Message = "istio.security.v1beta1.RequestAuthentication"
	ServiceEntry          Message = "istio.networking.v1alpha3.ServiceEntry"
	Sidecar               Message = "istio.networking.v1alpha3.Sidecar"
	Telemetry             Message = "istio.telemetry.v1alpha1.Telemetry"
	TrafficExtension      Message = "istio.extensions.v1alpha1.TrafficExtension"
	VirtualService        Message = "istio.networking.v1alpha3.VirtualService"
	WasmPlugin            Message = "istio.extensions.v1alpha1.WasmPlugin"
	WorkloadEntry         Message = "istio.networking.v1alpha3.WorkloadEntry"
	WorkloadGroup         Message = "istio.networking.v1alpha3.WorkloadGroup"
)

// Parts of those specs, and the mesh-wide settings, which no CustomResourceDefinition describes.
const (
	HTTPRoute                   Message = "istio.networking.v1alpha3.HTTPRoute"
	LocalityLoadBalancerSetting Message = "istio.networking.v1alpha3.LocalityLoadBalancerSetting"
	MeshConfig                  Message = "istio.mesh.v1alpha1.MeshConfig"
	MeshNetworks                Message = "istio.mesh.v1alpha1.MeshNetworks"
	MeshProxyConfig             Message = "istio.mesh.v1alpha1.ProxyConfig" // meshConfig.defaultConfig, the annotation proxy.istio.io/config
	Server                      Message = "istio.networking.v1alpha3.Server"
	TCPRoute                    Message = "istio.networking.v1alpha3.TCPRoute"
	TLSRoute                    Message = "istio.networking.v1alpha3.TLSRoute"
	TrafficPolicy               Message = "istio.networking.v1alpha3.TrafficPolicy"
)

// ForKind gives the message of an object's spec from its apiVersion and kind, such as networking.istio.io/v1 and
// VirtualService. ok is false for what the CustomResourceDefinitions of istio.io/api do not serve.
func ForKind(apiVersion, kind string) (message Message, ok bool) {
	message, ok = kindsOf(apiVersion)[kind]
	return message, ok
}

func kindsOf(apiVersion string) map[string]Message {
	switch apiVersion {
	case "networking.istio.io/v1":
		return networkingKinds()
	case "networking.istio.io/v1beta1":
		kinds := networkingKinds()
		kinds["ProxyConfig"] = ProxyConfig
		return kinds
	case "networking.istio.io/v1alpha3":
		kinds := networkingKinds()
		kinds["EnvoyFilter"] = EnvoyFilter
		return kinds
	case "security.istio.io/v1", "security.istio.io/v1beta1":
		return map[string]Message{
			"AuthorizationPolicy":   AuthorizationPolicy,
			"PeerAuthentication":    PeerAuthentication,
			"RequestAuthentication": RequestAuthentication,
		}
	case "telemetry.istio.io/v1", "telemetry.istio.io/v1alpha1":
		return map[string]Message{"Telemetry": Telemetry}
	case "extensions.istio.io/v1alpha1":
		return map[string]Message{"TrafficExtension": TrafficExtension, "WasmPlugin": WasmPlugin}
	}
	return nil
}

func networkingKinds() map[string]Message {
	return map[string]Message{
		"DestinationRule": DestinationRule,
		"Gateway":         Gateway,
		"ServiceEntry":    ServiceEntry,
		"Sidecar":         Sidecar,
		"VirtualService":  VirtualService,
		"WorkloadEntry":   WorkloadEntry,
		"WorkloadGroup":   WorkloadGroup,
	}
}

// descriptor is nil for a name that is no message of istio.io/api.
func (m Message) descriptor() protoreflect.MessageDescriptor {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(m))
	if err != nil {
		return nil
	}
	md, _ := d.(protoreflect.MessageDescriptor)
	return md
}
