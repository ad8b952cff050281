import ArgumentParser
import Drydock
import HTTPService
import NIOHTTP1
import Schema
import Values
import Webhook

/// `drydock why`: asks a running server why somebody may do something, or why not.
struct WhyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why", abstract: "Tell why a user may do something, or why not.",
    discussion: """
      Asks a running server, as its administrator, and prints who was asked in turn, the binding and the rule \
      that allowed it, or the nearest rules and what is missing in each, with the smallest role that would \
      allow it.

      drydock why --as jane --as-group developers --verb list --resource deployments.apps -n production
      """)

  enum Output: String, ExpressibleByArgument, CaseIterable { case text, json, yaml }

  @Option(name: .customLong("as"), help: "The user who it is about.")
  var user: String?

  @Option(name: .customLong("as-group"), help: "A group of the user; may be repeated.")
  var groups: [String] = []

  @Option(help: "What they want to do: get, list, watch, create, …")
  var verb: String

  @Option(help: "The resource as rules name it: pods, pods/log, deployments.apps, deployments.apps/scale.")
  var resource: String?

  @Option(name: .customLong("non-resource-url"), help: "A path instead of a resource, such as /metrics.")
  var nonResourceURL: String?

  @Option(name: .shortAndLong, help: "The namespace; without one it is about the whole cluster.")
  var namespace: String?

  @Option(help: "The name of one object.")
  var name: String?

  @Option(help: "How to log in at the server.")
  var kubeconfig = "certs/admin.kubeconfig"

  @Option(help: "The server's URL, instead of the kubeconfig's.")
  var server: String?

  @Option(
    name: .shortAndLong,
    help: "text, json (everything for programs) or yaml (the role and its binding alone).")
  var output = Output.text

  func validate() throws {
    guard (resource == nil) != (nonResourceURL == nil) else {
      throw ValidationError("give one of --resource and --non-resource-url")
    }
    guard user != nil || !groups.isEmpty else {
      throw ValidationError("say who it is about: --as or --as-group")
    }
    if nonResourceURL != nil, namespace != nil || name != nil {
      throw ValidationError("--namespace and --name go with --resource")
    }
  }

  func run() async throws {
    let answer = try await ask(accepting: output == .text ? "text/plain" : "application/json")
    switch output {
    case .text: StandardStreams.print(Self.trimmed(String(decoding: answer, as: UTF8.self)))
    case .json: StandardStreams.print(Self.trimmed(String(decoding: answer, as: UTF8.self)))
    case .yaml:
      let objects = try Self.parse(answer)[path: "status", "remedy"]?.array ?? []
      if objects.isEmpty { StandardStreams.printError("drydock: there is nothing to add") }
      StandardStreams.print(Self.trimmed(objects.map(YAML.encode).joined(separator: "---\n")))
    }
  }

  private static func trimmed(_ text: String) -> String {
    text.hasSuffix("\n") ? String(text.dropLast()) : text
  }

  // MARK: -

  private func ask(accepting type: String) async throws -> [UInt8] {
    let place: WebhookKubeconfig
    do {
      place = try WebhookKubeconfig(path: kubeconfig)
    } catch {
      throw ConfigurationError("--kubeconfig: \(error)")
    }
    let client = try HTTPClient(tls: place.tls)
    var headers: HTTPHeaders = ["Content-Type": "application/json", "Accept": type]
    if let credential = place.credential { headers.add(name: "Authorization", value: credential.header) }
    var url = server ?? place.server
    while url.hasSuffix("/") { url.removeLast() }
    let answer = try await client.send(
      ClientRequest(
        .POST, url + "/debug/authorization/why", headers: headers, body: JSON.encode(try review)))
    await client.shutdown()
    guard answer.status == 200 else {
      let status = try? JSON.parse(answer.body)
      throw ConfigurationError(
        "the server answered \(answer.status): "
          + (status?["message"]?.string ?? String(decoding: answer.body.prefix(200), as: UTF8.self)))
    }
    return answer.body
  }

  private static func parse(_ bytes: [UInt8]) throws -> Value { try JSON.parse(bytes) }

  /// The question as a SubjectAccessReview.
  private var review: Value {
    get throws {
      var spec: Object = [:]
      if let user { spec["user"] = .string(user) }
      if !groups.isEmpty { spec["groups"] = Value(groups) }
      if let nonResourceURL {
        spec["nonResourceAttributes"] = ["path": .string(nonResourceURL), "verb": .string(verb)]
      } else {
        spec["resourceAttributes"] = .object(try resourceAttributes)
      }
      return [
        "apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": .object(spec),
      ]
    }
  }

  /// Reads `RESOURCE[.GROUP][/SUBRESOURCE]`.
  private var resourceAttributes: Object {
    get throws {
      let parts = (resource ?? "").split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      let names = parts[0].split(separator: ".", maxSplits: 1)
      guard let name = names.first else {
        throw ValidationError("--resource: \(resource ?? "") is none such as pods or deployments.apps/scale")
      }
      var attributes: Object = ["verb": .string(verb), "resource": .string(String(name))]
      if names.count == 2 { attributes["group"] = .string(String(names[1])) }
      if parts.count == 2 { attributes["subresource"] = .string(String(parts[1])) }
      if let namespace { attributes["namespace"] = .string(namespace) }
      if let name = self.name { attributes["name"] = .string(name) }
      return attributes
    }
  }
}
