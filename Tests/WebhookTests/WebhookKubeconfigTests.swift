import HTTPService
import ServerSupport
import Testing
import Values

@testable import Webhook

@Suite struct WebhookKubeconfigTests {
  private let authority: TestAuthority
  private let folder: TemporaryFolder

  init() throws {
    authority = try TestAuthority()
    folder = try TemporaryFolder()
  }

  /// A kubeconfig with one context whose cluster and user have these members.
  private func config(_ cluster: String, _ user: String = "{}", context: String = "{cluster: c, user: u}")
    -> String
  {
    """
    apiVersion: v1
    kind: Config
    clusters: [{name: c, cluster: \(cluster)}]
    users: [{name: u, user: \(user)}]
    contexts: [{name: x, context: \(context)}]
    current-context: x
    """
  }

  private func read(_ text: String) throws(WebhookConfigurationError) -> WebhookKubeconfig {
    try WebhookKubeconfig(yaml: Array(text.utf8), folder: folder.path + "/")
  }

  /// What a text is refused with.
  private func refusal(_ text: String) -> String? {
    do throws(WebhookConfigurationError) {
      _ = try read(text)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func filesAreRelativeToTheKubeconfig() throws {
    let identity = try authority.client("api-server")
    try folder.write(authority.pem, to: "ca.pem")
    try folder.write(identity.certificatePEM, to: "cert.pem")
    try folder.write(identity.keyPEM, to: "key.pem")
    try folder.write("  secret\n", to: "token")
    let text = config(
      "{server: https://127.0.0.1:3000/authenticate, certificate-authority: ca.pem, tls-server-name: hook}",
      "{client-certificate: cert.pem, client-key: key.pem, tokenFile: token}")
    let kubeconfig = try WebhookKubeconfig(path: try folder.write(text, to: "config"))
    #expect(kubeconfig.server == "https://127.0.0.1:3000/authenticate")
    #expect(kubeconfig.tls.serverName == "hook")
    guard case .authorities(let roots) = kubeconfig.tls.trust else {
      Issue.record("no authorities")
      return
    }
    #expect(roots == [authority.certificate])
    guard case .files(let certificate, let key) = kubeconfig.tls.identity else {
      Issue.record("no identity")
      return
    }
    #expect(certificate == folder.path + "/cert.pem")
    #expect(key == folder.path + "/key.pem")
    #expect(kubeconfig.credential?.header == "Bearer secret")
  }

  @Test func dataInTheFileStandsForFiles() throws {
    let identity = try authority.client("api-server")
    func data(_ text: String) -> String { Base64.encode(Array(text.utf8)) }
    let kubeconfig = try read(
      config(
        "{server: 'https://a', certificate-authority-data: \(data(authority.pem))}",
        "{client-certificate-data: \(data(identity.certificatePEM)), "
          + "client-key-data: \(data(identity.keyPEM)), username: jane, password: 'a:b'}"))
    guard case .fixed(let own) = kubeconfig.tls.identity else {
      Issue.record("no identity")
      return
    }
    #expect(own.chain == identity.chain)
    #expect(kubeconfig.credential?.header == "Basic " + data("jane:a:b"))
  }

  @Test func theServersTrustMayBeOff() throws {
    let kubeconfig = try read(config("{server: 'https://a', insecure-skip-tls-verify: true}"))
    guard case .anyone = kubeconfig.tls.trust else {
      Issue.record("not insecure")
      return
    }
  }

  @Test func whatIsMissingIsNamed() throws {
    let server = "{server: 'https://a'}"
    #expect(
      refusal("")
        == "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER "
        + "environment variable")
    #expect(
      refusal("clusters: [{name: c, cluster: {server: a}}]") == "invalid configuration: no context chosen")
    #expect(
      refusal("clusters: [{name: c}]\ncurrent-context: z")
        == "context was not found for specified context: z")
    #expect(
      refusal(config(server, context: "{cluster: d, user: u}")) == #"cluster "d" does not exist"#)
    #expect(
      refusal(config(server, context: "{cluster: c, user: v}")) == #"auth info "v" does not exist"#)
    #expect(refusal(config("{}")) == #"invalid configuration: no server found for cluster "c""#)
    #expect(
      refusal(config(server, "{client-certificate-data: YQ==}"))
        == "invalid configuration: client-key-data or client-key must be specified for u to use the "
        + "clientCert authentication method.")
    #expect(
      refusal(config("{server: a, certificate-authority: ca.pem}"))
        == "invalid configuration: unable to read certificate-authority \(folder.path)/ca.pem for c due to "
        + "open \(folder.path)/ca.pem: no such file or directory")
    #expect(
      refusal(config("{server: a, certificate-authority-data: '?'}"))
        == "certificate-authority-data: illegal base64 data at input byte 0")
    #expect(
      refusal(config(server, "{exec: {command: a}}"))
        == "invalid configuration: exec is not supported for u")
    #expect(
      refusal(config(server, "{token: a, username: b}"))
        == "invalid configuration: more than one authentication method found for u; found [token basicAuth], "
        + "only one is allowed")
    #expect(refusal("a: [")?.hasPrefix("error loading config file: yaml: ") == true)
  }

  @Test(arguments: [
    ("https://a:1/b//c/?d=e", "https://a:1/b/c?timeout=30s"),
    ("http://a", "http://a/?timeout=30s"),
    ("a:8080", "http://a:8080/?timeout=30s"),
  ])
  func addressesAreThoseOfClientGo(_ server: String, _ url: String) throws {
    let kubeconfig = WebhookKubeconfig(server: server)
    #expect(try GenericWebhook(kubeconfig).url == url)
  }
}
