import Foundation
import TestSupport
import Testing
import Values

/// Prometheus from Debian: its checks of the metrics, and the guide's alerts.
@Suite("Prometheus", .enabled(if: Clients.havePrometheus), .timeLimit(.minutes(5)))
struct PrometheusTests {
  /// Names of Kubernetes that promtool finds fault with; they can't be others here.
  private static let kubernetesNames: Set = [
    "authentication_attempts", "authenticated_user_requests", "authentication_token_cache_active_fetch_count",
    "apiserver_admission_webhook_fail_open_count", "apiserver_admission_webhook_rejection_count",
  ]

  /// The groups of the guide's manifest, as a rules file.
  private func rules(in folder: TemporaryFolder) throws -> String {
    let manifest = try String(
      contentsOfFile: Repository.path("Tests/ClientTests/guide/prometheus-rules.yaml"), encoding: .utf8)
    let groups = try YAML.parse(manifest)["spec"]?["groups"] ?? .null
    return try folder.write(YAML.encode(["groups": groups]), to: "rules.yaml")
  }

  @Test("promtool finds nothing wrong but names that are Kubernetes' own")
  func check() async throws {
    let server = try await SharedServer.get()
    _ = try await server.client.get("/api/v1/pods")
    _ = try await server.client.with(token: "jane-token").get("/api/v1/pods")
    _ = try await server.client.with(token: "wrong").get("/api/v1/pods")
    let metrics = try await server.client.get("/metrics")
    let result = try await Command.run("promtool", ["check", "metrics"], input: metrics.text)
    let faults = result.error.split(separator: "\n").filter { line in
      !Self.kubernetesNames.contains(String(line.prefix { $0 != " " }))
    }
    #expect(faults.isEmpty, "\(result)")
    // 3 stands for such findings, 1 for text that can't be read.
    #expect([0, 3].contains(result.status))
  }

  @Test("the guide's alerts fire after their time")
  func rulesFire() async throws {
    let folder = try TemporaryFolder()
    let rules = try rules(in: folder)
    let checked = try await Command.run("promtool", ["check", "rules", rules])
    #expect(checked.status == 0 && checked.output.contains("3 rules found"), "\(checked)")
    try folder.write(
      """
      rule_files: [rules.yaml]
      evaluation_interval: 30s
      tests:
      - interval: 30s
        input_series:
        - series: 'apiserver_authentication_attempts{instance="a",result="error"}'
          values: '0+30x60'
        - series: 'apiserver_authorization_decisions{instance="a",decision="deny"}'
          values: '0+3x60'
        - series: 'apiserver_authorization_decisions{instance="b",decision="deny"}'
          values: '0+1x60'
        alert_rule_test:
        - {eval_time: 9m, alertname: HighAuthenticationFailureRate, exp_alerts: []}
        - eval_time: 20m
          alertname: HighAuthenticationFailureRate
          exp_alerts:
          - exp_labels: {severity: warning, instance: a, result: error}
            exp_annotations:
              summary: High authentication failure rate detected
              description: Authentication failure rate is 1 errors per second
        - eval_time: 20m
          alertname: UnauthorizedAPIAccess
          exp_alerts:
          - exp_labels: {severity: warning, instance: a, decision: deny}
            exp_annotations:
              summary: High rate of unauthorized API access attempts
              description: 0.1 denials per second detected
      # The time of these tests begins at 0: that token was made 30 days and an hour before.
      - interval: 1m
        input_series:
        - series: 'kube_secret_created{namespace="a",secret="old",type="kubernetes.io/service-account-token"}'
          values: '-2595600x120'
        - series: 'kube_secret_created{namespace="a",secret="new",type="kubernetes.io/service-account-token"}'
          values: '0x120'
        - series: 'kube_secret_created{namespace="a",secret="other",type="Opaque"}'
          values: '-2595600x120'
        alert_rule_test:
        - {eval_time: 30m, alertname: ServiceAccountTokenExpiry, exp_alerts: []}
        - eval_time: 90m
          alertname: ServiceAccountTokenExpiry
          exp_alerts:
          - exp_labels: {severity: info, namespace: a, secret: old, type: kubernetes.io/service-account-token}
            exp_annotations:
              summary: Service account token older than 30 days
              description: Token old in namespace a is old
      """, to: "tests.yaml")
    let result = try await Command.run(
      "promtool", ["test", "rules", "tests.yaml"], directory: folder.path)
    #expect(result.status == 0, "\(result)")
  }

  @Test("a Prometheus that scrapes a server notices failures of its clients")
  func scrape() async throws {
    let server = try await ServerProcess.start(timeout: 280)
    let folder = try TemporaryFolder()
    _ = try rules(in: folder)
    try folder.write(
      """
      global: {scrape_interval: 1s}
      rule_files: [rules.yaml]
      scrape_configs:
      - job_name: apiserver
        scheme: https
        authorization: {credentials: admin-token}
        tls_config: {ca_file: \(server.certificates)/ca.crt}
        static_configs:
        - targets: ['127.0.0.1:\(server.address.port)']
      """, to: "prometheus.yml")
    let port = try await freePort()
    let prometheus = try Command(
      "prometheus",
      [
        "--config.file=\(folder.path)/prometheus.yml", "--storage.tsdb.path=\(folder.path)/data",
        "--web.listen-address=127.0.0.1:\(port)",
      ], timeout: 280)
    defer { prometheus.signal(SIGKILL) }
    let api = "http://127.0.0.1:\(port)/api/v1"
    // What is counted before the first scrape is no rise.
    let isUp = await eventually(seconds: 60) { await samples(api, "up{job=\"apiserver\"} == 1") == 1 }
    #expect(isUp, "\(prometheus.error)")
    func fail() async throws {
      _ = try await server.client.with(token: "wrong").get("/api/v1/pods")
      _ = try await server.client.with(token: "jane-token").get("/api/v1/pods")
    }
    try await fail()
    _ = await eventually(seconds: 60) {
      await samples(api, "apiserver_authorization_decisions{decision=\"deny\"}") == 1
    }
    for _ in 0..<150 { try await fail() }
    // The group is looked at every 30 seconds.
    let isPending = await eventually(seconds: 120) {
      let alerts = await ask("\(api)/alerts")
      return Set(alerts["data"]?["alerts"]?.array?.compactMap { $0["labels"]?["alertname"]?.string } ?? [])
        .isSuperset(of: ["HighAuthenticationFailureRate", "UnauthorizedAPIAccess"])
    }
    let alerts = await ask("\(api)/alerts")
    #expect(isPending, "\(alerts)")
    #expect(await samples(api, "process_resident_memory_bytes{job=\"apiserver\"} > 1e6") == 1)
    try await server.stop()
  }

  private func ask(_ url: String, _ arguments: String...) async -> Value {
    let result = try? await Command.run("curl", ["--silent", "--max-time", "10"] + arguments + [url])
    return (try? JSON.parse(result?.output ?? "")) ?? .null
  }

  /// How many series a query finds.
  private func samples(_ api: String, _ query: String) async -> Int {
    await ask("\(api)/query", "--get", "--data-urlencode", "query=\(query)")["data"]?["result"]?.array?.count
      ?? 0
  }

  /// A port that nobody listens on at this moment.
  private func freePort() async throws -> Int {
    let result = try await Command.run(
      "python3",
      ["-c", "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"])
    return try #require(Int(result.output.dropLast()))
  }
}
