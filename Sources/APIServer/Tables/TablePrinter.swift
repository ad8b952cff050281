import Schema
import Values

/// The columns and cells of one kind.
struct TablePrinter {
  private let layout: any TableLayout
  private let isFlowSchema: Bool
  private let isPod: Bool

  /// - Parameter custom: of a resource that a CustomResourceDefinition brought.
  init(scope: ResourceScope, custom: ServedAPI.CustomVersion?) {
    let resource = scope.resource
    let isScale = scope.subresource?.kind.kind == "Scale"
    if let custom {
      layout = isScale ? CustomTable(scale: custom.scale) : CustomTable(columns: custom.columns)
    } else {
      layout = isScale ? ScaleTable() : KindTable(resource.groupVersionResource)
    }
    isPod = resource.groupResource.description == "pods"
    isFlowSchema = resource.groupResource.description == "flowschemas.flowcontrol.apiserver.k8s.io"
  }

  /// The `columnDefinitions`.
  var columns: [Value] { layout.columns }

  /// The cells of one object's row, one for each column.
  func cells(_ object: Value, now: Timestamp) -> [Value] { layout.cells(object, now: now) }

  /// The `conditions` of one object's row (metav1.TableRowCondition), nil for most.
  func conditions(_ object: Value) -> Value? { isPod ? PodCells.rowConditions(object) : nil }

  /// The objects in the order of the rows: flow schemas by precedence, all others as they are listed.
  func ordered(_ objects: [Value]) -> [Value] {
    isFlowSchema ? FlowControlCells.byPrecedence(objects) : objects
  }
}
