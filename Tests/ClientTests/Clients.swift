import Foundation
import TestSupport

/// The clients that `scripts/setup --tests` installs.
enum Clients {
  /// The versions of kubectl: one that clusters have used for long, and one newer than the server.
  static let kubectlVersions = ["1.32", "1.37"]

  static func kubectl(_ version: String) -> String { Repository.path(".build/clients/kubectl-\(version)") }

  static let helm = Repository.path(".build/clients/helm")

  /// A Python that has the official `kubernetes` client.
  static let python = Repository.path(".venv/bin/python")

  /// Without clients these tests are left out, unless they are asked for, as `scripts/test` does.
  static let areExpected: Bool = {
    let isAsked = ProcessInfo.processInfo.environment["DRYDOCK_CLIENT_TESTS"] == "1"
    return isAsked
      || (kubectlVersions.map(kubectl) + [python, helm]).allSatisfy {
        FileManager.default.fileExists(atPath: $0)
      }
  }()

  /// Whether Debian's Prometheus is to be used.
  static let havePrometheus =
    areExpected && FileManager.default.isExecutableFile(atPath: "/usr/bin/prometheus")
    || ProcessInfo.processInfo.environment["DRYDOCK_CLIENT_TESTS"] == "1"
}

/// A server that tests share; each works in a namespace of its own.
enum SharedServer {
  private static let started = Task { try await TestServer.start() }

  static func get() async throws -> TestServer { try await started.value }
}
