/// An API group and one of its versions. The core group's name is empty.
public struct GroupVersion: Sendable, Hashable {
  public var group: String
  public var version: String

  public init(group: String, version: String) {
    self.group = group
    self.version = version
  }

  /// Reads `v1` or `apps/v1`; nil where the text has more than one slash.
  public init?(apiVersion: String) {
    let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false)
    switch parts.count {
    case 1: self.init(group: "", version: String(parts[0]))
    case 2: self.init(group: String(parts[0]), version: String(parts[1]))
    default: return nil
    }
  }

  /// `v1` for the core group, else `group/version`: the form of a manifest's apiVersion.
  public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

  public func kind(_ kind: String) -> GroupVersionKind {
    GroupVersionKind(group: group, version: version, kind: kind)
  }
}

/// A kind in one version of its group.
public struct GroupVersionKind: Sendable, Hashable, CustomStringConvertible {
  public var group: String
  public var version: String
  public var kind: String

  public init(group: String, version: String, kind: String) {
    self.group = group
    self.version = version
    self.kind = kind
  }

  public var groupVersion: GroupVersion { GroupVersion(group: group, version: version) }
  public var groupKind: GroupKind { GroupKind(group: group, kind: kind) }
  public var apiVersion: String { groupVersion.apiVersion }

  /// As the real server quotes it: `apps/v1, Kind=Deployment`.
  public var description: String { "\(group)/\(version), Kind=\(kind)" }
}

/// A kind in whatever version. Written `Deployment.apps`, and `Pod` in the core group.
public struct GroupKind: Sendable, Hashable, CustomStringConvertible {
  public var group: String
  public var kind: String

  public init(group: String, kind: String) {
    self.group = group
    self.kind = kind
  }

  public var description: String { group.isEmpty ? kind : "\(kind).\(group)" }
}

/// A resource (the plural name in paths) in whatever version. Written `deployments.apps`, and `pods`.
public struct GroupResource: Sendable, Hashable, CustomStringConvertible {
  public var group: String
  public var resource: String

  public init(group: String, resource: String) {
    self.group = group
    self.resource = resource
  }

  public var description: String { group.isEmpty ? resource : "\(resource).\(group)" }
}

/// A resource in one version of its group.
public struct GroupVersionResource: Sendable, Hashable {
  public var group: String
  public var version: String
  public var resource: String

  public init(group: String, version: String, resource: String) {
    self.group = group
    self.version = version
    self.resource = resource
  }

  public var groupVersion: GroupVersion { GroupVersion(group: group, version: version) }
  public var groupResource: GroupResource { GroupResource(group: group, resource: resource) }
}
