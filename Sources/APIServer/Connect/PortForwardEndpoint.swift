import HTTPService
import NIOHTTP1
import Schema
import Store
import Values

/// `pods/portforward`: connections to a pod's ports, by SPDY on the connection or in a WebSocket (KEP-4006), or
/// as channels of a WebSocket (k8s.io/kubelet/pkg/cri/streaming/portforward).
struct PortForwardEndpoint {
  static let versions = ["portforward.k8s.io"]

  let context: RequestContext
  let scope: ResourceScope
  let registry: ObjectRegistry
  let addresses: StandInAddresses

  func connect() async throws(StatusError) -> HTTPResponse {
    try await registry.requireCreate(context)
    let pod = try registry.get(scope, namespace: context.info.namespace, name: context.info.name).value
    guard let answers = try PortAnswers(of: pod) else { throw nothing(pod) }
    let negotiation = StreamNegotiation(context: context)
    guard negotiation.isUpgrade else { throw .badRequest("Upgrade request required") }
    let forward = PortForward(
      standIn: PortStandIn(answers: answers, allowed: addresses), pod: context.info.name,
      uid: pod["metadata"]?["uid"]?.string ?? "")
    if negotiation.isWebSocket, negotiation.tunneled.isEmpty { return socket(forward, negotiation) }
    let offered = negotiation.isWebSocket ? negotiation.tunneled : nil
    switch negotiation.spdy(Self.versions, offered: offered) {
    case .refused(let refusal): return refusal
    case .agreed(let version):
      return negotiation.spdyAnswer(version) { try await PortForwardStreams(forward: forward).run($0) }
    }
  }

  private func nothing(_ pod: Value) -> StatusError {
    if (pod["spec"]?["nodeName"]?.string ?? "").isEmpty {
      return .badRequest("pod \(context.info.name) does not have a host assigned")
    }
    return .unavailable(
      "no node runs behind this server, and nothing answers on the ports of pod \(context.info.name): set the "
        + "annotation \(PortAnswers.annotation) on the pod")
  }

  private func socket(_ forward: PortForward, _ negotiation: StreamNegotiation) -> HTTPResponse {
    let answer = Answer(context: context)
    let ports: [Int]
    switch Self.ports(context.queryAll("ports")) {
    case .success(let found): ports = found
    case .failure(let failure): return answer.text("\(failure.description)\n", code: 400)
    }
    let offered = negotiation.subprotocols
    guard let version = offered.isEmpty ? "" : offered.first(where: PortForwardSocket.versions.contains)
    else {
      return answer.text("unable to upgrade websocket connection: websocket: bad protocol\n", code: 400)
    }
    let upgrade = WebSocketUpgrade(subprotocol: version.isEmpty ? nil : version) { session in
      await PortForwardSocket(
        session: session, isBase64: version == PortForwardSocket.base64, ports: ports, forward: forward
      ).run()
    }
    return HTTPResponse(status: 101, headers: answer.headers, body: .upgrade(upgrade))
  }

  /// The ports of the query, as the streaming server reads them.
  static func ports(_ texts: [String]) -> Result<[Int], PortStandIn.Failure> {
    func failure(_ text: String) -> Result<[Int], PortStandIn.Failure> {
      .failure(PortStandIn.Failure(description: text))
    }
    guard !texts.isEmpty else { return failure("query parameter \"port\" is required") }
    var ports: [Int] = []
    for text in texts {
      if text.isEmpty { return failure("query parameter \"port\" cannot be empty") }
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        guard let port = UInt16(part), part.utf8.first != UInt8(ascii: "+") else {
          return failure("unable to parse \(FieldError.quoted(text)) as a port: invalid syntax")
        }
        guard port > 0 else { return failure("port \(FieldError.quoted(text)) must be > 0") }
        ports.append(Int(port))
      }
    }
    // A channel's number is one byte.
    return ports.count <= 127 ? .success(ports) : failure("too many ports")
  }
}

/// Connects streams of a client with the ports of a pod.
struct PortForward: Sendable {
  let standIn: PortStandIn
  let pod: String
  let uid: String

  /// Hands bytes to and fro until both sides have ended.
  /// - Returns: what to tell the client of it; nil where all went well.
  func run(_ port: Int, _ stream: any ByteStream) async -> String? {
    do throws(PortStandIn.Failure) {
      await joinStreams(stream, try await standIn.connect(to: port))
      return nil
    } catch {
      return
        "error forwarding port \(port) to pod \(pod), uid \(uid): failed to connect to localhost:\(port): "
        + error.description
    }
  }
}
