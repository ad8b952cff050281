import Schema
import Values

/// The table of a built-in kind: the columns are data, the cells code where a column shows more than the
/// name and the age (kube-apiserver, "printers").
struct KindTable: TableLayout {
  let columns: [Value]
  private let maker: CellMaker

  /// - Parameter resource: one without columns of its own shows name and creation time.
  init(_ resource: GroupVersionResource) {
    let columns = Self.builtInColumns[Self.listPath(resource)] ?? Self.defaultColumns
    self.columns = columns
    let key = resource.groupResource.description
    let made = Self.makers["\(key)/\(resource.version)"] ?? Self.makers[key]
    maker = made ?? { object in columns.map { Self.defaultCell($0, object) } }
  }

  func cells(_ object: Value, now: Timestamp) -> [Value] { maker(ObjectReader(object, now: now)) }

  // MARK: - Cells

  /// By resource, `deployments.apps`, and by resource and version where versions differ.
  private static let makers: [String: CellMaker] = {
    var all: [String: CellMaker] = [:]
    for table in [
      AdmissionCells.makers, APIServiceCells.makers, AutoscalingCells.makers, BatchCells.makers,
      CertificateCells.makers, CoreCells.makers, EventCells.makers, FlowControlCells.makers,
      NetworkCells.makers, NodeCells.makers, PodCells.makers, PolicyCells.makers, RBACCells.makers,
      ResourceCells.makers, SchedulingCells.makers, ServiceCells.makers, StorageCells.makers,
      VolumeCells.makers, WorkloadCells.makers,
    ] {
      all.merge(table) { first, _ in first }
    }
    return all
  }()

  /// The cell of a kind that has no printer: its columns are but the name and the time of creation.
  private static func defaultCell(_ column: Value, _ object: ObjectReader) -> Value {
    switch (column["name"]?.string, column["type"]?.string) {
    case ("Name", _): .string(object.name)
    case ("Age", _): .string(object.age)
    case (_, "date"):
      .string((object["metadata"]["creationTimestamp"].time ?? ObjectReader.goZero).rfc3339)
    default: ""
    }
  }

  // MARK: - Columns

  private static let defaultColumns = [
    tableColumn("Name", format: "name"), tableColumn("Created At", type: "date"),
  ]

  /// By the path of the resource's list.
  private static let builtInColumns: [String: [Value]] = {
    var all: [String: [Value]] = [:]
    for (path, columns) in ResourceData.columns.parsed() {
      all[path] = (columns.array ?? []).map { column in
        tableColumn(
          column["name"]?.string ?? "", type: column["type"]?.string ?? "",
          format: column["format"]?.string ?? "", priority: column["priority"]?.int ?? 0)
      }
    }
    return all
  }()

  private static func listPath(_ resource: GroupVersionResource) -> String {
    let root = resource.group.isEmpty ? "/api" : "/apis/\(resource.group)"
    return "\(root)/\(resource.version)/\(resource.resource)"
  }
}

/// The table of the `scale` subresource of a built-in kind.
struct ScaleTable: TableLayout {
  let columns = [
    tableColumn("Name", format: "name"), tableColumn("Desired", type: "integer"),
    tableColumn("Available", type: "integer"), tableColumn("Age"),
  ]
  private static let maker = CellRule.row(.name, .integer("spec.replicas"), .integer("status.replicas"), .age)

  func cells(_ object: Value, now: Timestamp) -> [Value] { Self.maker(ObjectReader(object, now: now)) }
}
