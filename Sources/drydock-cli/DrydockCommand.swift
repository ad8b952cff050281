import ArgumentParser

/// The command line.
@main
struct DrydockCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "drydock",
    abstract: "A Kubernetes API server for tests and learning: one process, no etcd, no cluster.",
    version: "drydock \(VersionCommand.drydock) (Kubernetes \(VersionCommand.kubernetes))",
    subcommands: [
      ServeCommand.self, UserCommand.self, WhyCommand.self, ReferenceCommand.self, VersionCommand.self,
    ],
    defaultSubcommand: nil)

  static func main() async {
    do {
      var command = try parseAsRoot(KubeFlags.normalized(Array(CommandLine.arguments.dropFirst())))
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch {
      Failure.end(error)
    }
  }
}
