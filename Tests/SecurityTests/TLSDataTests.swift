import NIOCore
import NIOEmbedded
import Testing

@testable import Security

@Suite struct TLSDataTests {
  let server: TLSContext
  let client: TLSContext

  init() throws {
    let pki = try TestPKI()
    server = try .server(TLSServerConfiguration(identity: pki.server(["localhost"])))
    client = try .client(TLSClientConfiguration(trust: .authorities([pki.root])))
  }

  @Test func smallWritesShareARecord() throws {
    let pair = try Pair(server: server, client: client)
    let promises = (0..<10).map { _ in pair.client.eventLoop.makePromise(of: Void.self) }
    for promise in promises { pair.client.write(ByteBuffer(string: "0123456789"), promise: promise) }
    pair.client.flush()
    let wire = try #require(try pair.client.readOutbound(as: ByteBuffer.self))
    #expect(wire.readableBytes < 100 + 30)
    #expect(try pair.client.readOutbound(as: ByteBuffer.self) == nil)
    for promise in promises { try promise.futureResult.wait() }
  }

  @Test func unflushedWritesWait() throws {
    let pair = try Pair(server: server, client: client)
    pair.client.write(ByteBuffer(string: "a"), promise: nil)
    #expect(try pair.client.readOutbound(as: ByteBuffer.self) == nil)
    pair.client.flush()
    pair.pump()
    #expect(String(buffer: pair.serverSide.received) == "a")
  }

  @Test func writesBeforeTheHandshakeAreSentAfterIt() throws {
    let channel = EmbeddedChannel()
    let handler = TLSHandler(client: client, serverName: "localhost")
    try channel.pipeline.syncOperations.addHandler(handler)
    let kept = channel.writeAndFlush(ByteBuffer(repeating: 1, count: 1024 * 1024))
    #expect(throws: TLSError.tooMuchBeforeHandshake) {
      try channel.writeAndFlush(ByteBuffer(string: "more")).wait()
    }
    _ = try channel.finish(acceptAlreadyClosed: true)
    #expect(throws: (any Error).self) { try kept.wait() }
  }

  @Test func unwritableChannelHoldsBackUntilItIsWritable() throws {
    let pair = try Pair(server: server, client: client)
    pair.client.isWritable = false
    let done = pair.client.writeAndFlush(ByteBuffer(repeating: 7, count: 600_000))
    #expect(try pair.client.readOutbound(as: ByteBuffer.self) == nil)
    pair.client.isWritable = true
    pair.client.pipeline.fireChannelWritabilityChanged()
    try done.wait()
    pair.pump()
    #expect(pair.serverSide.received == ByteBuffer(repeating: 7, count: 600_000))
  }

  @Test func closingTellsThePeer() throws {
    let pair = try Pair(server: server, client: client)
    pair.client.writeAndFlush(ByteBuffer(string: "last"), promise: nil)
    let closed = pair.client.close()
    pair.pump()
    try closed.wait()
    #expect(String(buffer: pair.serverSide.received) == "last")
    #expect(pair.serverSide.inactive)
    #expect(pair.serverSide.errors.isEmpty)
    #expect(pair.clientSide.errors.isEmpty)
  }

  @Test func closingSendsWhatIsFlushedFirst() throws {
    let pair = try Pair(server: server, client: client)
    pair.client.isWritable = false
    let flushed = pair.client.writeAndFlush(ByteBuffer(repeating: 7, count: 600_000))
    let unflushed = pair.client.write(ByteBuffer(string: "never sent"))
    pair.client.close(promise: nil)
    pair.pump()
    try flushed.wait()
    #expect(throws: (any Error).self) { try unflushed.wait() }
    #expect(pair.serverSide.received == ByteBuffer(repeating: 7, count: 600_000))
    #expect(pair.serverSide.inactive)
  }

  @Test func writingAndClosingInsideCallbacksKeepsOrder() throws {
    let pair = try Pair(server: server, client: client)
    let channel = pair.client
    let first = channel.eventLoop.makePromise(of: Void.self)
    first.futureResult.assumeIsolated().whenComplete { _ in
      channel.writeAndFlush(ByteBuffer(string: "c"), promise: nil)
      channel.close(promise: nil)
    }
    channel.write(ByteBuffer(string: "a"), promise: first)
    channel.write(ByteBuffer(repeating: 98, count: 600_000), promise: nil)
    channel.flush()
    pair.pump()
    let text = String(buffer: pair.serverSide.received)
    #expect(text.utf8.count == 600_002)
    #expect(text.hasPrefix("ab"))
    #expect(text.hasSuffix("bc"))
  }

  @Test func refusedWritesMayWriteAgain() throws {
    let pair = try Pair(server: server, client: client)
    let channel = pair.client
    let promise = channel.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenFailure { _ in
      channel.writeAndFlush(ByteBuffer(string: "again"), promise: nil)
    }
    channel.write(ByteBuffer(string: "unflushed"), promise: promise)
    try channel.close().wait()
    #expect(throws: (any Error).self) { try promise.futureResult.wait() }
  }

  @Test func mutatedHandshakesNeverTrap() throws {
    let channel = EmbeddedChannel()
    try channel.pipeline.syncOperations.addHandler(TLSHandler(client: client, serverName: "localhost"))
    channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    let hello = try #require(try channel.readOutbound(as: ByteBuffer.self))
    _ = try? channel.finish(acceptAlreadyClosed: true)
    mutations(Array(hello.readableBytesView), count: 500) { bytes in
      let server = EmbeddedChannel()
      let recorder = Recorder()
      try? server.pipeline.syncOperations.addHandlers(TLSHandler(server: self.server), recorder)
      server.connect(to: try! SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
      server.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
      server.pipeline.fireChannelRead(ByteBuffer(bytes: bytes.reversed()))
      server.embeddedEventLoop.run()
      server.pipeline.fireChannelInactive()
      #expect(recorder.handshakes.isEmpty)
      #expect(recorder.errors.count == 1)
    }
  }

  @Test func closingTwiceAndWritingAfterIsHarmless() throws {
    let pair = try Pair(server: server, client: client)
    let first = pair.client.close()
    let second = pair.client.close()
    try first.wait()
    _ = try? second.wait()
    #expect(throws: (any Error).self) { try pair.client.writeAndFlush(ByteBuffer(string: "x")).wait() }
  }

  @Test func disappearingPeerIsTruncation() throws {
    let pair = try Pair(server: server, client: client)
    pair.server.pipeline.fireChannelInactive()
    #expect(pair.serverSide.errors.first as? TLSError == .truncated)
    let early = EmbeddedChannel()
    let recorder = Recorder()
    try early.pipeline.syncOperations.addHandlers(TLSHandler(server: server), recorder)
    early.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    early.pipeline.fireChannelInactive()
    #expect(recorder.errors.first as? TLSError == .closedDuringHandshake)
  }

  @Test func slowHandshakeIsEnded() throws {
    let channel = EmbeddedChannel()
    let recorder = Recorder()
    let handler = TLSHandler(server: server, handshakeTimeLimit: .seconds(3))
    try channel.pipeline.syncOperations.addHandlers(handler, recorder)
    channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    channel.embeddedEventLoop.advanceTime(by: .seconds(2))
    #expect(recorder.errors.isEmpty)
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(recorder.errors.first as? TLSError == .handshakeTimeout)
    #expect(recorder.inactive)
  }

  @Test func timeLimitEndsWithTheHandshake() throws {
    let pair = try Pair(server: server, client: client)
    pair.server.embeddedEventLoop.advanceTime(by: .seconds(60))
    #expect(pair.serverSide.errors.isEmpty)
  }

  @Test func plainHTTPIsToldSo() throws {
    let channel = EmbeddedChannel()
    let recorder = Recorder()
    try channel.pipeline.syncOperations.addHandlers(TLSHandler(server: server), recorder)
    channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    channel.pipeline.fireChannelRead(ByteBuffer(string: "OPTIONS / HTTP/1.1\r\nHost: x\r\n\r\n"))
    channel.embeddedEventLoop.run()
    let answer = try #require(try channel.readOutbound(as: ByteBuffer.self))
    #expect(
      String(buffer: answer)
        == "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
    #expect(recorder.errors.first as? TLSError == .plainHTTPRequest)
    #expect(recorder.inactive)
  }

  @Test func garbageClosesWithAnError() throws {
    var random = Fixed()
    for _ in 0..<200 {
      let channel = EmbeddedChannel()
      let recorder = Recorder()
      try channel.pipeline.syncOperations.addHandlers(TLSHandler(server: server), recorder)
      channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
      let bytes = (0..<300).map { _ in UInt8.random(in: 0...255, using: &random) }
      channel.pipeline.fireChannelRead(ByteBuffer(bytes: bytes))
      channel.embeddedEventLoop.run()
      channel.pipeline.fireChannelInactive()
      #expect(recorder.errors.count == 1)
    }
  }

  @Test func tamperedRecordsNeverReachTheApplication() throws {
    for offset in stride(from: 0, to: 60, by: 1) {
      let pair = try Pair(server: server, client: client)
      try pair.client.writeOutbound(ByteBuffer(repeating: 65, count: 40))
      // The tickets have gone the other way by now; this is the record with the data.
      var wire = try #require(try pair.client.readOutbound(as: ByteBuffer.self))
      let at = wire.readerIndex + offset % wire.readableBytes
      let byte: UInt8 = try #require(wire.getInteger(at: at))
      wire.setInteger(byte ^ 0x41, at: at)
      pair.server.pipeline.fireChannelRead(wire)
      pair.server.embeddedEventLoop.run()
      pair.server.pipeline.fireChannelInactive()
      // The version in a record's header is not looked at in TLS 1.3.
      if offset != 1, offset != 2 { #expect(pair.serverSide.received.readableBytes == 0) }
    }
  }
}
