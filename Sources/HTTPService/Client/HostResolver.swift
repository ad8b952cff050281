import Glibc
import NIOCore
import NIOPosix
import Security

/// Finds the addresses of hosts, by the system's resolver.
enum HostResolver {
  /// The addresses of a host, in the order to try them; an IP address is its own.
  static func addresses(
    _ place: HTTPAddress, _ call: ClientCall
  ) async throws(ClientFailure) -> [SocketAddress] {
    if let address = try? SocketAddress(ipAddress: place.host, port: place.port) { return [address] }
    return try await call.wait { waiter in
      NIOThreadPool.singleton.submit { state in
        guard case .active = state else {
          waiter.finish(.failure(.cancelled))
          return
        }
        waiter.finish(lookUp(place))
      }
      // A look-up can't be stopped: its result is then nobody's.
      return {}
    }
  }

  private static func lookUp(_ place: HTTPAddress) -> Result<[SocketAddress], ClientFailure> {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(place.host, nil, &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    guard code == 0 else { return .failure(failure(place.host, code)) }
    var found: [SocketAddress] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ai_next
      guard let text = ipText(entry), let address = try? SocketAddress(ipAddress: text, port: place.port)
      else {
        continue
      }
      found.append(address)
    }
    return found.isEmpty ? .failure(failure(place.host, EAI_NONAME)) : .success(found)
  }

  private static func ipText(_ entry: addrinfo) -> String? {
    guard let address = entry.ai_addr else { return nil }
    switch entry.ai_family {
    case AF_INET:
      return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
        withUnsafeBytes(of: address.pointee.sin_addr) { AddressBytes.text(Array($0)) }
      }
    case AF_INET6:
      return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
        withUnsafeBytes(of: address.pointee.sin6_addr) { AddressBytes.text(Array($0)) }
      }
    default: return nil
    }
  }

  /// In the words of Go's own resolver, which tells the name server it asked.
  private static func failure(_ host: String, _ code: Int32) -> ClientFailure {
    let noData: Int32 = -5
    let reason = code == EAI_NONAME || code == noData ? "no such host" : "server misbehaving"
    return ClientFailure(.connect, "dial tcp: lookup \(host) on \(nameServer()): \(reason)")
  }

  /// The first name server of resolv.conf(5), as Go reads it.
  private static func nameServer() -> String {
    let standard = "127.0.0.1:53"
    guard let file = fopen("/etc/resolv.conf", "r") else { return standard }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 1024)
    for _ in 0..<1000 {
      guard fgets(&line, Int32(line.count), file) != nil else { break }
      let words = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        .split { $0 == " " || $0 == "\t" || $0 == "\n" }
      guard words.count >= 2, words[0] == "nameserver" else { continue }
      return "\(HTTPAddress(host: String(words[1]), port: 53))"
    }
    return standard
  }
}
