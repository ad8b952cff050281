import Foundation
import TestSupport
import Testing

/// What the command says when it can't do what it is told.
@Suite(.timeLimit(.minutes(2)))
struct CommandLineTests {
  @Test(
    "says in one line what is wrong",
    arguments: [
      (["serve", "--secure-prot", "0"], "Unknown option '--secure-prot'. Did you mean '--secure-port'?"),
      (["serve", "--secure-port", "x"], "The value 'x' is invalid for '--secure-port <secure-port>'"),
      (["serve", "--secure-port", "99999"], "--secure-port must be from 0 to 65535"),
      (["serve", "--anonymous-auth=perhaps"], "The value 'perhaps' is invalid for '--anonymous-auth"),
      (["serve", "--log-level", "loud"], "--log-level: loud is none of trace, debug"),
      (["serve", "--authorization-mode", "Any"], #"authorization-mode "Any" is not a valid mode"#),
      (["serve", "--token-auth-file", "/none"], "--token-auth-file: /none: No such file or directory"),
      (
        ["serve", "--tls-cert-file", "/none"],
        "--tls-cert-file and --tls-private-key-file must be given together"
      ),
      (["serve", "--enable-admission-plugins", "Any"], "there is no admission plugin Any"),
      (
        ["serve", "--oidc-issuer-url", "https://a"],
        "oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set"
      ),
      (
        ["serve", "--oidc-username-claim", "sub", "--authentication-config", "/none"],
        "authentication-config file and oidc-* flags are mutually exclusive"
      ),
      (
        ["serve", "--oidc-issuer-url", "http://a", "--oidc-client-id", "b"],
        "invalid authentication configuration: jwt[0].issuer.url: Invalid value: \"http://a\": URL scheme must be https"
      ),
      (
        ["serve", "--oidc-issuer-url", "https://a", "--oidc-client-id", "b", "--oidc-signing-algs", "HS256"],
        "oidc: unsupported signing alg: \"HS256\""
      ),
      (
        ["serve", "--oidc-issuer-url", "https://a", "--oidc-client-id", "b", "--oidc-ca-file", "/none"],
        "--oidc-ca-file: /none: No such file or directory"
      ),
      (
        ["serve", "--oidc-required-claim", "a"], "--oidc-required-claim: malformed pair, expect string=string"
      ),
      (
        ["serve", "--authentication-config", "/none"],
        "--authentication-config: /none: No such file or directory"
      ),
      (
        ["serve", "--authentication-config", "/dev/null"],
        "failed to load authentication configuration from file \"/dev/null\": empty config data"
      ),
      (["serve", "--service-account-max-token-expiration", "1x"], "1x is no duration such as 24h"),
      (["serve", "--service-node-port-range", "9-1"], "9-1 is no range such as 30000-32767"),
      (
        ["serve", "--authentication-token-webhook-config-file", "/none"],
        "--authentication-token-webhook-config-file: open /none: no such file or directory"
      ),
      (
        ["serve", "--authentication-token-webhook-cache-ttl", "2"],
        "--authentication-token-webhook-cache-ttl: 2 is no duration such as 2m"
      ),
      (["serve", "--config", "/none.yaml"], "--config: /none.yaml: No such file or directory"),
      (["serve", "--cert-dir", "/proc/none"], "/proc/none"),
      (["serve", "--bind-address", "192.0.2.1"], "cannot listen on 192.0.2.1:0"),
      (["serve", "more"], "Unexpected argument 'more'"),
      (["serve", "--authorization-mode", "ABAC"], "ABAC's authorization policy file not passed"),
      (
        ["serve", "--authorization-mode", "RBAC,RBAC"], #"["RBAC" "RBAC"] has mode specified more than once"#
      ),
      (
        ["serve", "--authorization-config", "/x", "--authorization-mode", "RBAC"],
        "--authorization-config can not be specified when --authorization-mode or --authorization-webhook-*"
      ),
      (
        ["serve", "--authorization-mode", "Webhook", "--authorization-webhook-config-file", "/none"],
        "authorizer default: open /none: no such file or directory"
      ),
      (["why", "--verb", "get", "--resource", "pods"], "say who it is about"),
      (["why", "--as", "j", "--verb", "get"], "give one of --resource and --non-resource-url"),
      (
        ["why", "--as", "j", "--verb", "get", "--resource", "pods", "--kubeconfig", "/none"],
        "--kubeconfig: open /none: no such file or directory"
      ),
      (["launch"], "Unexpected argument 'launch'"),
      (["user"], "Missing expected argument '<name>'"),
      (["user", "a/b"], "the name must be usable as a file name"),
      (["user", "jane", "--days", "0"], "--days must be from 1 to 3650"),
      (["user", "jane", "--cert-dir", "/proc/none"], "/proc/none"),
    ])
  func errors(arguments: [String], message: String) async throws {
    let folder = try TemporaryFolder()
    var arguments = arguments
    // Nothing may listen on the usual port, nor write beside the tests.
    if arguments[0] == "serve", !arguments.contains("--secure-port") { arguments += ["--secure-port", "0"] }
    let result = try await Command.run(Repository.drydock, arguments, directory: folder.path, timeout: 20)
    #expect(result.status == 1, "\(result)")
    #expect(result.output == "")
    #expect(result.error.hasPrefix("drydock: ") && result.error.contains(message), "\(result)")
    #expect(result.error.split(separator: "\n").count == 1, "\(result)")
  }

  @Test func tellsWhenThePortIsInUse() async throws {
    let server = try await ServerProcess.start()
    let result = try await Command.run(
      Repository.drydock,
      ["serve", "--secure-port", "\(server.address.port)", "--cert-dir", server.certificates], timeout: 20)
    #expect(result.status == 1)
    #expect(
      result.error
        == "drydock: cannot listen on 127.0.0.1:\(server.address.port): the address is already in use\n")
    try await server.stop()
  }

  @Test(
    "tells what is wrong in a settings file",
    arguments: [
      ("secure-port: [", "yaml: line 1"), ("- a", "expected a mapping of settings"),
      ("secure-prot: 0", "Unknown option '--secure-prot'"),
      ("secure-port: many", "The value 'many' is invalid"),
      ("secure-port: {a: b}", "secure-port can't be a mapping"),
      ("config: x", "config can't be set in itself"),
    ])
  func settingsFile(text: String, message: String) async throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(text, to: "drydock.yaml")
    let result = try await Command.run(
      Repository.drydock, ["serve", "--config", file], directory: folder.path, timeout: 20)
    #expect(result.status == 1, "\(result)")
    #expect(
      result.error.hasPrefix("drydock: --config: \(file): ") && result.error.contains(message), "\(result)")
    #expect(result.error.split(separator: "\n").count == 1, "\(result)")
  }

  @Test func helpsAndTellsItsVersion() async throws {
    let help = try await Command.run(Repository.drydock, ["serve", "--help"])
    #expect(help.status == 0 && help.output.contains("--secure-port"))
    let version = try await Command.run(Repository.drydock, ["version"])
    #expect(version.status == 0 && version.output.contains("Kubernetes v1.36"))
  }
}
