import Authorization
import Store

/// The plugins that this server has, in the order in which they run
/// (Kubernetes documentation, "Admission Controllers").
public enum AdmissionPlugins {
  /// What plugins are made with.
  public struct Context: Sendable {
    public let store: ObjectStore
    public let authorizer: any Authorizer

    public init(store: ObjectStore, authorizer: any Authorizer) {
      self.store = store
      self.authorizer = authorizer
    }
  }

  /// One plugin of the table.
  public struct Entry: Sendable {
    public let name: String
    public let isDefault: Bool
    let make: @Sendable (Context) -> any AdmissionPlugin
  }

  /// Every plugin, in order.
  public static let all: [Entry] = [
    Entry(name: "NamespaceLifecycle", isDefault: true) { NamespaceLifecycle(store: $0.store) },
    Entry(name: "ServiceAccount", isDefault: true) { ServiceAccountAdmission(store: $0.store) },
  ]

  /// A name that is not in ``all``, given to a flag.
  public struct UnknownPlugin: Error, Sendable, CustomStringConvertible {
    public let name: String
    public let flag: String

    public var description: String { "\(flag): there is no admission plugin \(name)" }
  }

  /// The chain that the flags ask for.
  /// - Parameters:
  ///   - enabled: `--enable-admission-plugins`, besides the default ones.
  ///   - disabled: `--disable-admission-plugins`.
  public static func chain(
    enabled: [String], disabled: [String], store: ObjectStore, authorizer: any Authorizer
  ) throws(UnknownPlugin) -> AdmissionChain {
    let known = Set(all.map(\.name))
    for (names, flag) in [(enabled, "--enable-admission-plugins"), (disabled, "--disable-admission-plugins")] {
      for name in names where !known.contains(name) { throw UnknownPlugin(name: name, flag: flag) }
    }
    let context = Context(store: store, authorizer: authorizer)
    return AdmissionChain(
      plugins: all.filter { entry in
        enabled.contains(entry.name) || (entry.isDefault && !disabled.contains(entry.name))
      }.map { $0.make(context) })
  }
}
