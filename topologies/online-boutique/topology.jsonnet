// Online Boutique, eleven services that call each other by gRPC, in three regions with a network and an istiod each. The images are
// Google's; what they need of their environment is in overlays/online-boutique.
local regions = {
  ireland: { region: 'eu-west-1', next: 'us-east-1' },
  virginia: { region: 'us-east-1', next: 'eu-west-1' },
  singapore: { region: 'ap-southeast-1', next: 'eu-west-1' },
};
local cities = std.objectFields(regions);

local image(name) = 'us-central1-docker.pkg.dev/google-samples/microservices-demo/%s:v0.10.2' % name;

// A service of every region. Connections are made anew now and then, since an east-west gateway spreads connections and not requests; a
// region has a third of the pods, so 34 % lets it be ejected whole.
local service(name, port, calls=[], replicas=2, capacity=200, protocol='grpc', targetPort=port) = {
  name: name,
  namespace: 'boutique',
  ports: [{ name: protocol, port: port, targetPort: targetPort }],
  placements: [{ clusterSelector: {}, replicas: replicas, image: image(name) }],
  capacity: capacity,
  calls: calls,
  trafficPolicy: {
    connectionPool: { tcp: { connectTimeout: '1s' }, http: { maxRequestsPerConnection: 200 } },
    outlierDetection: { consecutive5xxErrors: 5, interval: '10s', baseEjectionTime: '30s', maxEjectionPercent: 34 },
  },
};

local services = [
  service('frontend', 80, protocol='http', targetPort=8080, calls=[
    { service: 'productcatalogservice', times: 3 },
    { service: 'currencyservice', times: 4 },
    'cartservice',
    'recommendationservice',
    'adservice',
    { service: 'shippingservice', times: 0.2 },
    { service: 'checkoutservice', times: 0.1 },
  ], capacity=60),
  service('productcatalogservice', 3550, capacity=400) + {
    // Reading the catalogue costs little: a tenth is read elsewhere all the time, so that no region is cold when it is needed. Rows
    // leave the third region out, so a region is half of what is left.
    trafficPolicy+: { outlierDetection+: { maxEjectionPercent: 50 } },
    locality: {
      distribute: [{ from: r.region, to: { [r.region]: 90, [r.next]: 10 } } for r in std.objectValues(regions)],
      failover: [{ from: r.region, to: r.next } for r in std.objectValues(regions)],
    },
  },
  service('currencyservice', 7000, capacity=500),
  service('cartservice', 7070, calls=['redis-cart']),
  service('recommendationservice', 8080, calls=['productcatalogservice']),
  service('adservice', 9555),
  service('shippingservice', 50051),
  service('checkoutservice', 5050, calls=[
    'productcatalogservice',
    'currencyservice',
    'cartservice',
    { service: 'shippingservice', times: 2 },
    'paymentservice',
    'emailservice',
  ]),
  service('paymentservice', 50051),
  service('emailservice', 5000, targetPort=8080),
  // Carts are kept in one region; nothing takes over for it.
  service('redis-cart', 6379, protocol='tcp-redis', capacity=5000) + {
    placements: [{ cluster: 'ireland', replicas: 1, image: 'docker.io/library/redis:7.4-alpine' }],
    trafficPolicy: { connectionPool: { tcp: { connectTimeout: '1s' } } },
  },
];

{
  apiVersion: 'meshtopo.dev/v1alpha1',
  kind: 'MeshTopology',
  metadata: { name: 'online-boutique' },
  spec: {
    provider: 'istio',
    mesh: { name: 'boutique', version: '1.29.2' },
    clusters: [{
      name: city,
      region: regions[city].region,
      network: city,
      zones: [regions[city].region + z for z in ['a', 'b']],
    } for city in cities],
    gateways: [{
      name: 'frontend',
      namespace: 'boutique-ingress',
      clusters: cities,
      replicaCount: 2,
      listeners: [{
        name: 'frontend',
        namespace: 'boutique',
        servers: [{ port: { number: 80, name: 'http', protocol: 'HTTP' }, hosts: ['boutique.example.com'] }],
      }],
    }],
    routes: [{
      name: 'frontend',
      namespace: 'boutique',
      hosts: ['boutique.example.com'],
      gateways: ['frontend'],
      http: [{ route: [{ destination: { host: 'frontend', port: { number: 80 } } }] }],
    }],
    services: services,
    traffic: { failover: [{ from: r.region, to: r.next } for r in std.objectValues(regions)] },
    overlays: [{ path: '../../overlays/online-boutique' }],
    demand: [{ region: r.region, rps: 40, host: 'boutique.example.com', failover: [r.next] } for r in std.objectValues(regions)],
    expect: [
      {
        name: '%s survives the loss of %s' % [s.name, r.region],
        when: { lost: ['region/' + r.region] },
        service: 'boutique/' + s.name,
        maxDropped: 0,
        maxUtilization: 100,
      }
      for s in services
      for r in std.objectValues(regions)
      if s.name != 'redis-cart'
    ] + [
      {
        name: 'carts are lost with ' + regions.ireland.region,
        when: { lost: ['region/' + regions.ireland.region] },
        service: 'boutique/redis-cart',
        maxDropped: 100,
      },
      {
        name: 'most of the catalogue is read at home',
        service: 'boutique/productcatalogservice',
        from: 'us-east-1',
        to: { 'us-east-1': 90, 'eu-west-1': 10 },
      },
    ],
  },
}
