import ArgumentParser
import Drydock
import Values

/// Flags about limits of requests and the addresses of services.
struct RequestOptions: ParsableArguments {
  @Option(help: "The range of services' cluster IPs; an IPv4 and an IPv6 one, comma-separated, for both.")
  var serviceClusterIpRange = "10.0.0.0/24"

  @Option(help: "The range of services' node ports.")
  var serviceNodePortRange = "30000-32767"

  @Option(help: "Read-only requests that run at once; 0 for no limit.")
  var maxRequestsInflight = 400

  @Option(help: "Writing requests that run at once; 0 for no limit.")
  var maxMutatingRequestsInflight = 200

  @Option(help: "Seconds after which a watch without a timeout ends at the earliest.")
  var minRequestTimeout: Int64 = 1800

  @Option(help: "How long a request may take that is no watch, such as 1m0s.")
  var requestTimeout = "1m0s"

  @Option(help: "The address in the Endpoints of the service kubernetes.")
  var advertiseAddress: String?

  @Option(help: "The certificate that is shown to extension API servers, in PEM.")
  var proxyClientCertFile: String?

  @Option(help: "The key of --proxy-client-cert-file, in PEM.")
  var proxyClientKeyFile: String?

  @Option(help: "A folder with what kubectl logs shows: NAMESPACE/POD/CONTAINER.log.")
  var podLogDir: String?

  @Option(
    help: """
      An address that stand-ins for ports may be connected to, such as 127.0.0.1:5432 or 127.0.0.1:*; can be \
      given several times.
      """)
  var standInAddress: [String] = []

  @Option(help: "Seconds that requests under way have to finish when the server ends.")
  var shutdownGrace = 10

  func apply(to settings: inout DrydockConfiguration) throws {
    settings.serviceClusterIPRange = serviceClusterIpRange
    let ends = serviceNodePortRange.split(separator: "-").compactMap { Int64($0) }
    guard ends.count == 2, ends[0] > 0, ends[0] <= ends[1], ends[1] <= 65535 else {
      throw ValidationError(
        "--service-node-port-range: \(serviceNodePortRange) is no range such as 30000-32767")
    }
    guard maxRequestsInflight >= 0, maxMutatingRequestsInflight >= 0 else {
      throw ValidationError("--max-requests-inflight and --max-mutating-requests-inflight can't be negative")
    }
    guard (0...3600).contains(shutdownGrace) else {
      throw ValidationError("--shutdown-grace must be from 0 to 3600")
    }
    guard (0...86400).contains(minRequestTimeout) else {
      throw ValidationError("--min-request-timeout must be from 0 to 86400")
    }
    do throws(GoDuration.SyntaxError) {
      settings.requestTimeout = try GoDuration.parse(requestTimeout)
    } catch {
      throw ValidationError("--request-timeout: \(error.message)")
    }
    guard settings.requestTimeout >= .zero else {
      throw ValidationError("--request-timeout can not be negative value")
    }
    settings.serviceNodePortRange = ends[0]...ends[1]
    settings.maxRequestsInFlight = maxRequestsInflight
    settings.maxMutatingRequestsInFlight = maxMutatingRequestsInflight
    settings.minRequestTimeout = minRequestTimeout
    settings.advertiseAddress = advertiseAddress
    settings.proxyClientCertFile = proxyClientCertFile
    settings.proxyClientKeyFile = proxyClientKeyFile
    settings.podLogDirectory = podLogDir
    settings.standInAddresses = standInAddress
    settings.shutdownGrace = .seconds(shutdownGrace)
  }
}
