package mesh

// Providers of control planes.
const (
	ProviderASM   = "asm"
	ProviderIstio = "istio"
)

// Values of the fields of IstioSpec; those that count when a field is left out come first.
const (
	InstallHelm      = "helm"
	InstallSail      = "sail"
	DataPlaneSidecar = "sidecar"
	DataPlaneAmbient = "ambient"
	SecretsScript    = "script" // remoteSecrets
	SecretsManual    = "manual" // caCerts
	SecretsExternal  = "externalSecret"
)

// IstioSpec is what provider istio takes of spec.mesh beside a name and a version; "" is what was left out.
type IstioSpec struct {
	MeshID             string            `json:"meshID"`
	TrustDomain        string            `json:"trustDomain"`
	TrustDomainAliases []string          `json:"trustDomainAliases"`
	Install            string            `json:"install"`
	DataPlane          string            `json:"dataPlane"`
	Networks           []MeshNetworkSpec `json:"networks"`
	EastWest           *EastWestSpec     `json:"eastWest"`
	RemoteSecrets      string            `json:"remoteSecrets"`
	CACerts            string            `json:"caCerts"`
	SecretStore        *SecretStore      `json:"secretStore"`
}

// MeshNetworkSpec is a network whose gateways are reached at given addresses.
type MeshNetworkSpec struct {
	Name     string           `json:"name"`
	Gateways []NetworkGateway `json:"gateways"`
}

// NetworkGateway is where a gateway of a network is reached from others.
type NetworkGateway struct {
	Address string `json:"address"`
	Port    int    `json:"port"`
}

// EastWestSpec is the settings of all east-west gateways.
type EastWestSpec struct {
	ReplicaCount       int               `json:"replicaCount"`
	ServiceType        string            `json:"serviceType"`
	ServiceAnnotations map[string]string `json:"serviceAnnotations"`
}

// SecretStore is a store of the External Secrets Operator. Kind is SecretStore or ClusterSecretStore.
type SecretStore struct {
	Name   string `json:"name"`
	Kind   string `json:"kind"`
	Prefix string `json:"prefix"`
}

// IstioClusterSpec is what provider istio takes of a cluster.
type IstioClusterSpec struct {
	Network            string `json:"network"`
	Primary            string `json:"primary"`
	RemotePilotAddress string `json:"remotePilotAddress"`
	EastWestGateway    *bool  `json:"eastWest"` // nil counts as true
}
