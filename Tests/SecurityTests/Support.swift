import Glibc
import NIOCore
import NIOEmbedded

@testable import Security

/// A small PKI in memory, for tests.
struct TestPKI {
  let authority: CertificateAuthority
  let root: Certificate

  init(name: String = "test-ca") throws {
    let key = try PrivateKey.ecdsa(.p256)
    var template = CertificateTemplate(subject: DistinguishedName(commonName: name), days: 10)
    template.isCA = true
    template.keyUsages = [.digitalSignature, .certSign]
    root = try Certificate.selfSigned(template, key: key)
    authority = try CertificateAuthority(certificate: root, key: key)
  }

  /// A server's identity for some names.
  func server(_ names: [String], ips: [String] = ["127.0.0.1"], key: PrivateKey? = nil) throws -> TLSIdentity
  {
    var template = CertificateTemplate(subject: DistinguishedName(commonName: "server"), days: 10)
    template.extendedKeyUsages = [.serverAuth]
    template.alternativeNames = SubjectAlternativeNames(dnsNames: names, ipAddresses: ips)
    return try identity(template, key: key)
  }

  /// A user's identity.
  func client(_ name: String, groups: [String] = []) throws -> TLSIdentity {
    var template = CertificateTemplate(
      subject: DistinguishedName(commonName: name, organizations: groups), days: 10)
    template.extendedKeyUsages = [.clientAuth]
    return try identity(template)
  }

  /// An identity by a template.
  func identity(_ template: CertificateTemplate, key: PrivateKey? = nil) throws -> TLSIdentity {
    let key = if let key { key } else { try PrivateKey.ecdsa(.p256) }
    return try TLSIdentity(chain: [authority.issue(template, for: key.publicKey)], key: key)
  }

  /// An authority below this one.
  func intermediate() throws -> CertificateAuthority {
    let key = try PrivateKey.ecdsa(.p384)
    var template = CertificateTemplate(subject: DistinguishedName(commonName: "intermediate"), days: 10)
    template.isCA = true
    template.keyUsages = [.certSign]
    return try CertificateAuthority(certificate: authority.issue(template, for: key.publicKey), key: key)
  }
}

/// Gathers what comes out of a pipeline.
final class Recorder: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  var received = ByteBuffer()
  var handshakes: [TLSHandshakeCompleted] = []
  var errors: [any Error] = []
  var inputClosed = false
  var inactive = false

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = unwrapInboundIn(data)
    received.writeBuffer(&buffer)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if let handshake = event as? TLSHandshakeCompleted { handshakes.append(handshake) }
    if case ChannelEvent.inputClosed = event { inputClosed = true }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    errors.append(error)
  }

  func channelInactive(context: ChannelHandlerContext) {
    inactive = true
  }
}

/// A client and a server whose channels are joined in memory.
final class Pair {
  let client = EmbeddedChannel()
  let server = EmbeddedChannel()
  let clientSide = Recorder()
  let serverSide = Recorder()

  init(server serverContext: TLSContext, client clientContext: TLSContext, name: String = "localhost") throws
  {
    try server.pipeline.syncOperations.addHandlers(TLSHandler(server: serverContext), serverSide)
    try client.pipeline.syncOperations.addHandlers(
      TLSHandler(client: clientContext, serverName: name), clientSide)
    let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
    server.connect(to: address, promise: nil)
    client.connect(to: address, promise: nil)
    pump()
  }

  deinit {
    _ = try? client.finish(acceptAlreadyClosed: true)
    _ = try? server.finish(acceptAlreadyClosed: true)
  }

  /// Carries bytes to and fro until nothing moves, in pieces of `chunk` bytes when given.
  func pump(chunk: Int? = nil) {
    var moved = true
    while moved {
      moved = move(client, server, chunk)
      moved = move(server, client, chunk) || moved
    }
  }

  private func move(_ from: EmbeddedChannel, _ to: EmbeddedChannel, _ chunk: Int?) -> Bool {
    var moved = false
    while var buffer = try? from.readOutbound(as: ByteBuffer.self) {
      moved = true
      while let piece = buffer.readSlice(length: min(chunk ?? buffer.readableBytes, buffer.readableBytes)),
        piece.readableBytes > 0
      {
        to.pipeline.fireChannelRead(piece)
      }
      to.pipeline.fireChannelReadComplete()
    }
    from.embeddedEventLoop.run()
    return moved
  }
}

/// A random number generator that always gives the same numbers.
struct Fixed: RandomNumberGenerator {
  var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state
  }
}

/// `count` variants of some bytes with a few of them changed, dropped or doubled.
func mutations(_ bytes: [UInt8], count: Int, _ body: ([UInt8]) -> Void) {
  var random = Fixed()
  for _ in 0..<count {
    var mutated = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) where !mutated.isEmpty {
      let at = Int.random(in: 0..<mutated.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: mutated.remove(at: at)
      case 1: mutated.insert(mutated[at], at: at)
      case 2: mutated.removeSubrange(at...)
      default: mutated[at] = UInt8.random(in: 0...255, using: &random)
      }
    }
    body(mutated)
  }
}

/// An empty directory that is removed with the object.
final class TemporaryDirectory {
  let path: String

  /// - Parameter withKey: whether there is a service account key already, as making one takes long.
  init(withKey: Bool = false) throws {
    var template = Array("/tmp/security-tests-XXXXXX".utf8CString)
    path = mkdtemp(&template).map { String(cString: $0) } ?? ""
    if withKey { try write(rsaKey().pem, "sa.key") }
  }

  deinit {
    guard path.hasPrefix("/tmp/security-tests-"), let directory = opendir(path) else { return }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { unlink("\(path)/\(name)") }
    }
    closedir(directory)
    rmdir(path)
  }

  func write(_ text: String, _ name: String) throws {
    try FileSystem.write(text, to: "\(path)/\(name)", mode: 0o600)
  }

  func mode(_ name: String = "") -> mode_t {
    var status = stat()
    stat(name.isEmpty ? path : "\(path)/\(name)", &status)
    return status.st_mode & 0o777
  }
}

/// An RSA key that all tests share.
func rsaKey() throws -> PrivateKey {
  try sharedKey.get()
}

private let sharedKey = Result { try PrivateKey.rsa() }
