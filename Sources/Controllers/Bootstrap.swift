import APIServer
import Authorization
import Schema
import Values

/// The objects that a server has from its first moment on.
public struct Bootstrap: Sendable {
  private let server: APIServer
  private let settings: Settings

  /// What the objects say of this server.
  public struct Settings: Sendable {
    /// `--service-cluster-ip-range`.
    public var serviceRanges: [ServiceAddresses.Range]
    public var securePort: Int
    public var authentication: ClientAuthenticationInfo
    /// By which others reach the server: what the Endpoints of `default/kubernetes` hold; nil for none.
    public var advertisedAddress: String?

    public init(
      serviceRanges: [ServiceAddresses.Range], securePort: Int, authentication: ClientAuthenticationInfo
    ) {
      self.serviceRanges = serviceRanges
      self.securePort = securePort
      self.authentication = authentication
    }
  }

  public static let hooks = [
    "start-system-namespaces-controller", "rbac/bootstrap-roles",
    "scheduling/bootstrap-system-priority-classes", "priority-and-fairness-config-producer",
    "start-kubernetes-service-cidr-controller", "start-cluster-authentication-info-controller",
    "bootstrap-controller",
  ]

  public init(server: APIServer, settings: Settings) {
    self.server = server
    self.settings = settings
    for hook in Self.hooks { server.health.add(hook: hook) }
  }

  /// Makes what is missing.
  public func run() async throws(StatusError) {
    let client = LoopbackClient(server: server, manager: "kube-apiserver")
    for name in ["kube-system", "kube-public", "kube-node-lease", "default"] {
      try await make(
        client, .namespaces, "",
        ["kind": "Namespace", "apiVersion": "v1", "metadata": ["name": .string(name)]])
    }
    server.health.finish(hook: "start-system-namespaces-controller")
    try await makeRBAC(client)
    server.health.finish(hook: "rbac/bootstrap-roles")
    try await makeFixed(client)
    server.health.finish(hook: "scheduling/bootstrap-system-priority-classes")
    server.health.finish(hook: "priority-and-fairness-config-producer")
    try await makeServiceCIDR(client)
    server.health.finish(hook: "start-kubernetes-service-cidr-controller")
    try await make(client, .configMaps, "kube-system", settings.authentication.configMap)
    server.health.finish(hook: "start-cluster-authentication-info-controller")
    try await makeService(client)
    server.health.finish(hook: "bootstrap-controller")
  }

  private func make(
    _ client: LoopbackClient, _ resource: GroupResource, _ namespace: String, _ object: Value
  ) async throws(StatusError) {
    let name = object["metadata"]?["name"]?.string ?? ""
    guard client.get(resource, namespace: namespace, name: name) == nil else { return }
    try await client.create(resource, namespace: namespace, object)
  }

  /// The default roles and bindings: those that are there already get what they lack, unless they opted out of
  /// it (Kubernetes documentation, Auto-reconciliation).
  private func makeRBAC(_ client: LoopbackClient) async throws(StatusError) {
    for (resource, object) in RBACBootstrap.objects() {
      let namespace = object["metadata"]?["namespace"]?.string ?? ""
      let name = object["metadata"]?["name"]?.string ?? ""
      guard let existing = client.get(resource, namespace: namespace, name: name) else {
        try await make(client, resource, namespace, object)
        continue
      }
      guard let wanted = RBACBootstrap.reconciled(existing, with: object) else { continue }
      if wanted["roleRef"] == object["roleRef"] {
        try await client.update(resource, namespace: namespace, name: name) { _ in wanted }
      } else {
        // A binding's role can't change: it is made anew, for the subjects it has and those it lacks.
        var binding = wanted
        binding["roleRef"] = object["roleRef"]
        for key in ["uid", "resourceVersion", "creationTimestamp", "managedFields"] {
          binding.set(nil, at: ["metadata", key])
        }
        try await client.delete(resource, namespace: namespace, name: name)
        try await client.create(resource, namespace: namespace, binding)
      }
    }
  }

  /// Flow schemas, priority levels and priority classes, which are the same in every server.
  private func makeFixed(_ client: LoopbackClient) async throws(StatusError) {
    for (path, list) in ResourceData.bootstrap.parsed() where !path.contains("rbac.authorization.k8s.io") {
      let parts = path.split(separator: "/").map(String.init)
      guard parts.count == 4,
        let resource = client.resource(GroupResource(group: parts[1], resource: parts[3]))
      else { continue }
      for item in list.array ?? [] {
        var object = item
        let status = object["status"]
        object["kind"] = .string(resource.kind)
        object["apiVersion"] = .string(resource.groupVersion.apiVersion)
        object["status"] = nil
        try await make(client, resource.groupResource, "", object)
        guard let status, resource.subresource("status") != nil else { continue }
        let name = object["metadata"]?["name"]?.string ?? ""
        let now = Value.string(Timestamp.now.rfc3339)
        try await client.update(resource.groupResource, name: name, subresource: "status") { object in
          var object = object
          var status = status
          let conditions = status["conditions"]?.array ?? []
          if !conditions.isEmpty {
            status["conditions"] = .array(
              conditions.map { condition in
                var condition = condition
                condition["lastTransitionTime"] = now
                return condition
              })
          }
          object["status"] = status
          return object
        }
      }
    }
  }

  private func makeServiceCIDR(_ client: LoopbackClient) async throws(StatusError) {
    let cidrs = GroupResource(group: "networking.k8s.io", resource: "servicecidrs")
    try await make(
      client, cidrs, "",
      [
        "kind": "ServiceCIDR", "apiVersion": "networking.k8s.io/v1", "metadata": ["name": "kubernetes"],
        "spec": ["cidrs": Value(settings.serviceRanges.map(\.text))],
      ])
    try await client.update(cidrs, name: "kubernetes", subresource: "status") { object in
      guard object["status"]?["conditions"] == nil else { return nil }
      var object = object
      object["status"] = [
        "conditions": [
          [
            "type": "Ready", "status": "True", "reason": "",
            "message": "Kubernetes default Service CIDR is ready",
            "lastTransitionTime": .string(Timestamp.now.rfc3339),
          ]
        ]
      ]
      return object
    }
  }

  /// The service by which pods reach the server.
  private func makeService(_ client: LoopbackClient) async throws(StatusError) {
    let clusterIP = settings.serviceRanges.first?.first ?? ""
    try await make(
      client, .services, "default",
      [
        "kind": "Service", "apiVersion": "v1",
        "metadata": [
          "name": "kubernetes", "namespace": "default",
          "labels": ["component": "apiserver", "provider": "kubernetes"],
        ],
        "spec": [
          "clusterIP": .string(clusterIP), "type": "ClusterIP", "sessionAffinity": "None",
          "internalTrafficPolicy": "Cluster", "ipFamilyPolicy": "SingleStack",
          "ports": [
            [
              "name": "https", "port": 443, "protocol": "TCP",
              "targetPort": .int(Int64(settings.securePort)),
            ]
          ],
        ],
      ])
    guard let address = settings.advertisedAddress else { return }
    // The address must be one by which others reach the server: a loopback address is refused as in any other
    // object.
    let labels: Value = [
      "endpointslice.kubernetes.io/skip-mirror": "true"
    ]
    try await make(
      client, .endpoints, "default",
      [
        "kind": "Endpoints", "apiVersion": "v1",
        "metadata": ["name": "kubernetes", "namespace": "default", "labels": labels],
        "subsets": [
          [
            "addresses": [["ip": .string(address)]],
            "ports": [["name": "https", "port": .int(Int64(settings.securePort)), "protocol": "TCP"]],
          ]
        ],
      ])
    try await make(
      client, .endpointSlices, "default",
      [
        "kind": "EndpointSlice", "apiVersion": "discovery.k8s.io/v1",
        "metadata": [
          "name": "kubernetes", "namespace": "default",
          "labels": ["kubernetes.io/service-name": "kubernetes"],
        ],
        "addressType": address.utf8.contains(0x3A) ? "IPv6" : "IPv4",
        "endpoints": [["addresses": [.string(address)], "conditions": ["ready": true]]],
        "ports": [["name": "https", "port": .int(Int64(settings.securePort)), "protocol": "TCP"]],
      ])
  }
}
