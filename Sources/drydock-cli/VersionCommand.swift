import APIServer
import ArgumentParser

/// `drydock version`.
struct VersionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Print the version of Drydock and of the Kubernetes API that it serves."
  )

  static let drydock = Version.drydock
  static let kubernetes = Version.kubernetes

  func run() { print("drydock \(Self.drydock) (Kubernetes \(Self.kubernetes))") }
}
