// The tutorial after step 5, distribution: everything is that of bookinfo, and a tenth of Hangzhou's requests goes to Shanghai.
local bookinfo = import '../bookinfo/topology.json';

// Step 5's trafficPolicy, which stays in place when failover is exchanged for distribution.
local policy = {
  connectionPool: { http: { maxRequestsPerConnection: 1 } },
  outlierDetection: { baseEjectionTime: '1m', consecutive5xxErrors: 1, interval: '1s' },
};

bookinfo {
  metadata: { name: 'bookinfo-distribute' },
  spec+: {
    services: [
      service + (if service.name == 'reviews' then { trafficPolicy: policy } else {})
      for service in bookinfo.spec.services
    ],
    // The console asks for "cn-hangzhou to cn-shanghai 10 %"; the API wants the full row.
    traffic: {
      scope: 'mesh',
      distribute: [{ from: 'cn-hangzhou', to: { 'cn-hangzhou': 90, 'cn-shanghai': 10 } }],
    },
  },
}
