import Authorization
import Metrics
import Schema
import Store

/// The plugins that this server has, in the order in which they run
/// (Kubernetes documentation, "Admission Controllers").
public enum AdmissionPlugins {
  /// Who a certificate request is for.
  public struct RequestedSubject: Sendable, Equatable {
    public var commonName: String
    public var organizations: [String]

    public init(commonName: String, organizations: [String]) {
      self.commonName = commonName
      self.organizations = organizations
    }
  }

  /// Reads the subject of a PKCS #10 request in PEM; nil where the bytes are none.
  public typealias SubjectReader = @Sendable ([UInt8]) -> RequestedSubject?

  /// What plugins are made with.
  public struct Context: Sendable {
    public let store: ObjectStore
    public let authorizer: any Authorizer
    /// For the plugins that look into certificate requests. This module knows no cryptography: without a
    /// reader no request can be read, and those for the signers of the cluster's own clients are refused.
    public var requestedSubject: SubjectReader = { _ in nil }
    /// The resource of a kind, for owner references. By itself it knows the built-in kinds.
    public var resource: @Sendable (GroupVersionKind) -> APIResource? = {
      APICatalog.builtIn.resource(of: $0)
    }
    /// Makes a namespace, for NamespaceAutoProvision. By itself it finds that there is none.
    public var createNamespace: @Sendable (String) async throws(StatusError) -> Void = {
      name throws(StatusError) in
      throw .notFound(.namespaces, name)
    }
    /// What plugins are set up with by a file.
    public var settings = PluginSettings()
    /// For webhooks: how kinds look in other versions. By itself it knows the built-in kinds.
    public var kinds: any AdmissionKinds = BuiltInKinds()
    /// What connects to webhooks: the mutating ones, and the validating ones.
    public var mutatingClients: any WebhookClients = PooledWebhookClients()
    public var validatingClients: any WebhookClients = PooledWebhookClients()
    /// Evaluates the `matchConditions` of webhooks; without it they are taken to hold.
    public var matchConditions: (any MatchConditions)?
    /// What plugins measure; shown where it is made with a registry that is.
    public var measures = PluginMeasures(MetricsRegistry())
    /// The flag `--default-not-ready-toleration-seconds`.
    public var notReadyTolerationSeconds: Int64 = 300
    /// The flag `--default-unreachable-toleration-seconds`.
    public var unreachableTolerationSeconds: Int64 = 300

    /// Everything else is as it is without configuration.
    public init(store: ObjectStore, authorizer: any Authorizer) {
      self.store = store
      self.authorizer = authorizer
      matchConditions = CELMatchConditions(authorizer: authorizer)
    }
  }

  /// One plugin of the table.
  public struct Entry: Sendable {
    public let name: String
    /// Whether the plugin is on without being named in a flag.
    public let isDefault: Bool
    let make: @Sendable (Context) -> any AdmissionPlugin

    /// A plugin of that name. `make` is called once for each chain.
    public init(
      name: String, isDefault: Bool, make: @escaping @Sendable (Context) -> any AdmissionPlugin
    ) {
      self.name = name
      self.isDefault = isDefault
      self.make = make
    }

    /// On where it is not disabled.
    static func standard(
      _ name: String, _ make: @escaping @Sendable (Context) -> any AdmissionPlugin
    ) -> Entry { Entry(name: name, isDefault: true, make: make) }

    /// On where it is enabled.
    static func optional(
      _ name: String, _ make: @escaping @Sendable (Context) -> any AdmissionPlugin
    ) -> Entry { Entry(name: name, isDefault: false, make: make) }

    /// Known by its name only.
    static func inactive(_ name: String) -> Entry { standard(name) { _ in InactivePlugin(name: name) } }
  }

  /// Every plugin, in order.
  public static let all: [Entry] = [
    .optional("AlwaysAdmit") { _ in AlwaysAdmit() },
    .optional("NamespaceAutoProvision") {
      NamespaceAutoProvision(store: $0.store, createNamespace: $0.createNamespace)
    },
    .standard("NamespaceLifecycle") { NamespaceLifecycle(store: $0.store) },
    .optional("NamespaceExists") { NamespaceExists(store: $0.store) },
    .optional("LimitPodHardAntiAffinityTopology") { _ in LimitPodHardAntiAffinityTopology() },
    .standard("LimitRanger") { LimitRanger(store: $0.store) },
    .standard("ServiceAccount") { ServiceAccountAdmission(store: $0.store) },
    .optional("NodeRestriction") {
      NodeRestriction(store: $0.store, authorizer: $0.authorizer, requestedSubject: $0.requestedSubject)
    },
    .standard("TaintNodesByCondition") { _ in TaintNodesByCondition() },
    .optional("AlwaysPullImages") { _ in AlwaysPullImages() },
    .optional("ImagePolicyWebhook") { ImagePolicyWebhook(settings: $0.settings.imagePolicy) },
    .standard("PodSecurity") {
      PodSecurity(store: $0.store, configuration: $0.settings.podSecurity, measures: $0.measures.pods)
    },
    .optional("PodNodeSelector") { PodNodeSelector(store: $0.store, settings: $0.settings.nodeSelectors) },
    .standard("Priority") { PriorityAdmission(store: $0.store) },
    .standard("DefaultTolerationSeconds") {
      DefaultTolerationSeconds(
        notReadySeconds: $0.notReadyTolerationSeconds, unreachableSeconds: $0.unreachableTolerationSeconds)
    },
    .optional("PodTolerationRestriction") {
      PodTolerationRestriction(store: $0.store, settings: $0.settings.tolerations)
    },
    .optional("EventRateLimit") { EventRateLimit(limits: $0.settings.eventLimits) },
    .optional("ExtendedResourceToleration") { _ in ExtendedResourceToleration() },
    .standard("DefaultStorageClass") { DefaultStorageClass(store: $0.store) },
    .standard("StorageObjectInUseProtection") { _ in StorageObjectInUseProtection() },
    .inactive("PodGroupProtection"),
    .optional("OwnerReferencesPermissionEnforcement") {
      OwnerReferencesPermissionEnforcement(authorizer: $0.authorizer, resource: $0.resource)
    },
    .standard("PersistentVolumeClaimResize") { PersistentVolumeClaimResize(store: $0.store) },
    .standard("RuntimeClass") { RuntimeClassAdmission(store: $0.store) },
    .standard("CertificateApproval") { CertificateApproval(authorizer: $0.authorizer) },
    .standard("CertificateSigning") { CertificateSigning(authorizer: $0.authorizer) },
    .standard("ClusterTrustBundleAttest") { ClusterTrustBundleAttest(authorizer: $0.authorizer) },
    .standard("CertificateSubjectRestriction") {
      CertificateSubjectRestriction(requestedSubject: $0.requestedSubject)
    },
    .standard("DefaultIngressClass") { DefaultIngressClass(store: $0.store) },
    .optional("DenyServiceExternalIPs") { _ in DenyServiceExternalIPs() },
    .standard("PodTopologyLabels") { PodTopologyLabels(store: $0.store) },
    .inactive("PodGroupWorkloadExists"),
    .standard("NodeDeclaredFeatureValidator") { NodeDeclaredFeatureValidator(store: $0.store) },
    .inactive("JobValidation"),
    .standard("PodResizeValidator") { PodResizeValidator(store: $0.store) },
    .standard("MutatingAdmissionPolicy") { MutatingAdmissionPolicy($0) },
    .standard("MutatingAdmissionWebhook") { context in
      MutatingAdmissionWebhook(
        source: HookSource(store: context.store, resource: "mutatingwebhookconfigurations"),
        selection: context.hookSelection, caller: context.hookCaller(context.mutatingClients),
        measures: context.measures.hooks)
    },
    .standard("ValidatingAdmissionPolicy") { ValidatingAdmissionPolicy($0) },
    .standard("ValidatingAdmissionWebhook") { context in
      ValidatingAdmissionWebhook(
        source: HookSource(store: context.store, resource: "validatingwebhookconfigurations"),
        selection: context.hookSelection, caller: context.hookCaller(context.validatingClients),
        measures: context.measures.hooks)
    },
    .standard("ResourceQuota") {
      ResourceQuotaAdmission(store: $0.store, limitedResources: $0.settings.limitedResources)
    },
    .optional("AlwaysDeny") { _ in AlwaysDeny() },
  ]

  /// A name that is not in the table, given to a flag.
  public struct UnknownPlugin: Error, Sendable, CustomStringConvertible {
    public let name: String
    public let flag: String

    public var description: String { "\(flag): there is no admission plugin \(name)" }
  }

  /// The plugins that come last, whatever else there is: they see what all others made of the object.
  private static let final: Set = [
    "MutatingAdmissionPolicy", "MutatingAdmissionWebhook", "ValidatingAdmissionPolicy",
    "ValidatingAdmissionWebhook", "ResourceQuota", "AlwaysDeny",
  ]

  /// ``all`` with plugins of an embedding program's own, which are on: after the server's and before webhooks,
  /// policies and quotas.
  public static func table(with plugins: [any AdmissionPlugin]) -> [Entry] {
    let own = plugins.map { plugin in Entry.standard(plugin.name) { _ in plugin } }
    let place = all.firstIndex { final.contains($0.name) } ?? all.endIndex
    return all[..<place] + own + all[place...]
  }

  /// The chain that the flags ask for.
  /// - Parameters:
  ///   - table: the plugins that there are.
  ///   - enabled: `--enable-admission-plugins`, besides the default ones.
  ///   - disabled: `--disable-admission-plugins`.
  ///   - configure: changes what plugins are made with, where the defaults are not enough.
  public static func chain(
    of table: [Entry] = all, enabled: [String], disabled: [String], store: ObjectStore,
    authorizer: any Authorizer, configure: (inout Context) -> Void = { _ in }
  ) throws(UnknownPlugin) -> AdmissionChain {
    var context = Context(store: store, authorizer: authorizer)
    configure(&context)
    return try chain(of: table, enabled: enabled, disabled: disabled, context)
  }

  /// The chain of a table of one's own: ``all`` with plugins put where they belong.
  public static func chain(
    of table: [Entry], enabled: [String], disabled: [String], _ context: Context
  ) throws(UnknownPlugin) -> AdmissionChain {
    let known = Set(table.map(\.name))
    for (names, flag) in [(enabled, "--enable-admission-plugins"), (disabled, "--disable-admission-plugins")]
    {
      for name in names where !known.contains(name) { throw UnknownPlugin(name: name, flag: flag) }
    }
    return AdmissionChain(
      plugins: table.filter { entry in
        enabled.contains(entry.name) || (entry.isDefault && !disabled.contains(entry.name))
      }.map { $0.make(context) })
  }
}
