import Authorization
import HTTPService
import Schema
import Store
import Values

/// `pods/exec` and `pods/attach`: a command in a container, its streams on a WebSocket or by SPDY.
struct RemoteCommandEndpoint {
  let context: RequestContext
  let scope: ResourceScope
  let registry: ObjectRegistry
  let files: PodLogFiles
  let containerFiles: ContainerFiles

  /// core/v1 PodExecOptions and PodAttachOptions.
  struct Options: Sendable {
    var stdin, stdout, stderr, tty: Bool
    var container: String
    var command: [String]

    init(_ object: Value) {
      func bool(_ name: String) -> Bool { object[name]?.bool ?? false }
      stdin = bool("stdin")
      stdout = bool("stdout")
      stderr = bool("stderr")
      tty = bool("tty")
      container = object["container"]?.string ?? ""
      command = object["command"]?.strings ?? []
    }
  }

  /// - Parameter object: the options of the connection.
  func connect(_ object: Value) async throws(StatusError) -> HTTPResponse {
    try await registry.requireCreate(context)
    let options = Options(object)
    let pod = try registry.get(scope, namespace: context.info.namespace, name: context.info.name).value
    let standIn = PodStandIn(pod: pod, container: try PodContainer(options.container, of: pod))
    try checkPhase(pod)
    let isAttach = context.info.subresource == "attach"
    let program = try standIn.annotation(PodStandIn.exec).map { (text) throws(StatusError) in
      try CommandAnswers(annotation: text)
    }
    let log = isAttach ? attachedLog(standIn) : nil
    guard program != nil || log != nil else {
      throw standIn.nothing(
        "nothing answers commands to container \(standIn.container.name) of pod \(standIn.podName): set the "
          + "annotation \(PodStandIn.exec).\(standIn.container.name) on the pod")
    }
    let negotiation = StreamNegotiation(context: context)
    guard negotiation.isUpgrade else { throw .badRequest("Upgrade request required") }
    guard options.stdin || options.stdout || options.stderr else {
      throw .badRequest("you must specify at least 1 of stdin, stdout, stderr")
    }
    let run = RemoteCommand(
      standIn: standIn, program: program, log: isAttach ? log ?? [] : nil, options: options,
      files: containerFiles)
    return try negotiation.isWebSocket ? socket(run) : spdy(run, negotiation)
  }

  private func socket(_ run: RemoteCommand) throws(StatusError) -> HTTPResponse {
    guard let version = RemoteCommandSocket.version(of: context) else {
      throw .badRequest("websocket server: no supported protocol")
    }
    let upgrade = WebSocketUpgrade(subprotocol: version.rawValue) { session in
      try await run.run(on: RemoteCommandSocket(version: version, session: session))
    }
    return HTTPResponse(status: 101, headers: Answer(context: context).headers, body: .upgrade(upgrade))
  }

  private func spdy(_ run: RemoteCommand, _ negotiation: StreamNegotiation) -> HTTPResponse {
    switch negotiation.spdy(RemoteCommandSPDY.versions) {
    case .refused(let refusal): return refusal
    case .agreed(let version):
      return negotiation.spdyAnswer(version) { connection in
        try await RemoteCommandSPDY(connection, version, run.options).run { try await run.run(on: $0) }
      }
    }
  }

  private func checkPhase(_ pod: Value) throws(StatusError) {
    let phase = pod["status"]?["phase"]?.string ?? ""
    if phase == "Succeeded" || phase == "Failed" {
      throw .badRequest(
        "cannot exec into a container in a completed pod; current phase is \(phase)")
    }
  }

  private func attachedLog(_ standIn: PodStandIn) -> [UInt8]? {
    let text =
      standIn.annotation(PodStandIn.log)
      ?? files.text(
        namespace: standIn.namespace, pod: standIn.podName, container: standIn.container.name,
        isPrevious: false)
    return text.map { PodLog($0, started: standIn.started).text(PodLogOptions()) }
  }
}
