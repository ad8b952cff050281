import Schema
import Testing

@testable import Admission

@Suite struct ChainTests {
  private func names(enabled: [String] = [], disabled: [String] = []) throws -> [String] {
    let cluster = try Cluster()
    return try AdmissionPlugins.chain(
      enabled: enabled, disabled: disabled, store: cluster.store, authorizer: Cluster.Grants()
    ).plugins.map(\.name)
  }

  @Test func defaultsAreOnInTheirOrder() throws {
    let names = try names()
    let some = names.filter {
      [
        "NamespaceLifecycle", "LimitRanger", "ServiceAccount", "PodSecurity", "Priority", "RuntimeClass",
        "ResourceQuota",
      ].contains($0)
    }
    #expect(
      some == [
        "NamespaceLifecycle", "LimitRanger", "ServiceAccount", "PodSecurity", "Priority", "RuntimeClass",
        "ResourceQuota",
      ])
    #expect(!names.contains("NodeRestriction"))
    #expect(!names.contains("AlwaysDeny"))
  }

  /// pkg/kubeapiserver/options/plugins.go of 1.36.
  @Test func allPluginsAreThereInTheirOrder() throws {
    let all = """
      AlwaysAdmit NamespaceAutoProvision *NamespaceLifecycle NamespaceExists LimitPodHardAntiAffinityTopology
      *LimitRanger *ServiceAccount NodeRestriction *TaintNodesByCondition AlwaysPullImages ImagePolicyWebhook
      *PodSecurity PodNodeSelector *Priority *DefaultTolerationSeconds PodTolerationRestriction EventRateLimit
      ExtendedResourceToleration *DefaultStorageClass *StorageObjectInUseProtection *PodGroupProtection
      OwnerReferencesPermissionEnforcement *PersistentVolumeClaimResize *RuntimeClass *CertificateApproval
      *CertificateSigning *ClusterTrustBundleAttest *CertificateSubjectRestriction *DefaultIngressClass
      DenyServiceExternalIPs *PodTopologyLabels *PodGroupWorkloadExists *NodeDeclaredFeatureValidator
      *JobValidation *PodResizeValidator *MutatingAdmissionPolicy *MutatingAdmissionWebhook
      *ValidatingAdmissionPolicy *ValidatingAdmissionWebhook *ResourceQuota AlwaysDeny
      """.split { $0.isWhitespace }
    #expect(AdmissionPlugins.all.map { ($0.isDefault ? "*" : "") + $0.name } == all.map(String.init))
  }

  @Test func pluginsOfOnesOwnComeBeforeThoseThatSeeAll() throws {
    struct Own: ValidatingAdmissionPlugin {
      let name: String
      func handles(_ operation: AdmissionOperation) -> Bool { true }
      func validate(_ request: AdmissionRequest) async throws(StatusError) {}
    }
    let names = AdmissionPlugins.table(with: [Own(name: "B"), Own(name: "A")]).map(\.name)
    let place = try #require(names.firstIndex(of: "PodResizeValidator"))
    #expect(names[(place + 1)...].prefix(3) == ["B", "A", "MutatingAdmissionPolicy"])
    #expect(names.count == AdmissionPlugins.all.count + 2)
  }

  @Test func flagsAddAndTakeAway() throws {
    let names = try names(enabled: ["NodeRestriction"], disabled: ["PodSecurity"])
    #expect(names.contains("NodeRestriction"))
    #expect(!names.contains("PodSecurity"))
    // Who names a plugin in both flags gets it.
    #expect(try self.names(enabled: ["Priority"], disabled: ["Priority"]).contains("Priority"))
  }

  @Test func everyNameIsUsedOnceAndIsThePlugins() throws {
    let all = AdmissionPlugins.all.map(\.name)
    #expect(Set(all).count == all.count)
    #expect(try names(enabled: all) == all)
  }

  @Test func unknownNamesAreRefused() throws {
    do {
      _ = try names(disabled: ["PodSecurityPolicy"])
      Issue.record("the name was accepted")
    } catch let error as AdmissionPlugins.UnknownPlugin {
      #expect(
        error.description == "--disable-admission-plugins: there is no admission plugin PodSecurityPolicy")
    }
  }
}
