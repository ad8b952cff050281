/// The fields of internal types in their order (pkg/apis/*/types.go), a type a line. A field is written
/// `Name[=wireName][:kind]`, where the kind is one of `s` string, `i` integer, `b` boolean, `q` quantity,
/// `p` pointer to a scalar, `l` list of scalars, `m` map, `w` as on the wire, `T` struct, `*T` pointer to a
/// struct, `@T` list of structs.
enum GoStructTable {
  static let text = """
    PodSpec Volumes:@Volume InitContainers:@Container Containers:@Container EphemeralContainers:@EphemeralContainer \
    RestartPolicy TerminationGracePeriodSeconds:p ActiveDeadlineSeconds:p DNSPolicy=dnsPolicy NodeSelector:m \
    ServiceAccountName AutomountServiceAccountToken:p NodeName SecurityContext:*PodSecurityContext \
    ImagePullSecrets:@Reference Hostname Subdomain SetHostnameAsFQDN:p Affinity:*Affinity SchedulerName \
    Tolerations:@Toleration HostAliases:@HostAlias PriorityClassName Priority:p PreemptionPolicy:p \
    DNSConfig=dnsConfig:*PodDNSConfig ReadinessGates:@PodReadinessGate RuntimeClassName:p Overhead:m \
    EnableServiceLinks:p TopologySpreadConstraints:@TopologySpreadConstraint OS=os:*PodOS \
    SchedulingGates:@NameOnly ResourceClaims:@PodResourceClaim Resources:*ResourceRequirements \
    HostnameOverride:p SchedulingGroup:*PodSchedulingGroup
    DeviceAttribute IntValue=int:p BoolValue=bool:p StringValue=string:p VersionValue=version:p
    PodSchedulingGroup PodGroupName:p
    PodSecurityContext HostNetwork:b HostPID=hostPID:b HostIPC=hostIPC:b ShareProcessNamespace:p HostUsers:p \
    SELinuxOptions=seLinuxOptions:*SELinuxOptions WindowsOptions:*WindowsOptions RunAsUser:p RunAsGroup:p \
    RunAsNonRoot:p SupplementalGroups:l SupplementalGroupsPolicy:p FSGroup=fsGroup:p \
    FSGroupChangePolicy=fsGroupChangePolicy:p Sysctls:@NameValue SeccompProfile:*Profile \
    AppArmorProfile:*Profile SELinuxChangePolicy=seLinuxChangePolicy:p
    SELinuxOptions User Role Type Level
    WindowsOptions GMSACredentialSpecName=gmsaCredentialSpecName:p GMSACredentialSpec=gmsaCredentialSpec:p \
    RunAsUserName:p HostProcess:p
    Profile Type LocalhostProfile:p
    NameValue Name Value
    NameOnly Name
    Reference Name
    NamespacedReference Name Namespace
    SecurityContext Capabilities:*Capabilities Privileged:p SELinuxOptions=seLinuxOptions:*SELinuxOptions \
    WindowsOptions:*WindowsOptions RunAsUser:p RunAsGroup:p RunAsNonRoot:p ReadOnlyRootFilesystem:p \
    AllowPrivilegeEscalation:p ProcMount:p SeccompProfile:*Profile AppArmorProfile:*Profile
    Capabilities Add:l Drop:l
    Container Name Image Command:l Args:l WorkingDir Ports:@ContainerPort EnvFrom:@EnvFromSource Env:@EnvVar \
    Resources:ResourceRequirements ResizePolicy:@ContainerResizePolicy RestartPolicy:p \
    RestartPolicyRules:@ContainerRestartRule VolumeMounts:@VolumeMount VolumeDevices:@VolumeDevice \
    LivenessProbe:*Probe ReadinessProbe:*Probe StartupProbe:*Probe Lifecycle:*Lifecycle TerminationMessagePath \
    TerminationMessagePolicy ImagePullPolicy SecurityContext:*SecurityContext Stdin:b StdinOnce:b TTY=tty:b
    EphemeralContainer Name Image Command:l Args:l WorkingDir Ports:@ContainerPort EnvFrom:@EnvFromSource \
    Env:@EnvVar Resources:ResourceRequirements ResizePolicy:@ContainerResizePolicy RestartPolicy:p \
    RestartPolicyRules:@ContainerRestartRule VolumeMounts:@VolumeMount VolumeDevices:@VolumeDevice \
    LivenessProbe:*Probe ReadinessProbe:*Probe StartupProbe:*Probe Lifecycle:*Lifecycle TerminationMessagePath \
    TerminationMessagePolicy ImagePullPolicy SecurityContext:*SecurityContext Stdin:b StdinOnce:b TTY=tty:b \
    TargetContainerName
    ContainerPort Name HostPort:i ContainerPort:i Protocol HostIP=hostIP
    EnvFromSource Prefix ConfigMapRef:*OptionalReference SecretRef:*OptionalReference
    OptionalReference Name Optional:p
    EnvVar Name Value ValueFrom:*EnvVarSource
    EnvVarSource FieldRef:*ObjectFieldSelector ResourceFieldRef:*ResourceFieldSelector ConfigMapKeyRef:*KeySelector \
    SecretKeyRef:*KeySelector FileKeyRef:*FileKeySelector
    ObjectFieldSelector APIVersion=apiVersion FieldPath
    ResourceFieldSelector ContainerName Resource Divisor:q
    KeySelector Name Key Optional:p
    FileKeySelector VolumeName Path Key Optional:p
    ResourceRequirements Limits:m Requests:m Claims:@ResourceClaim
    ResourceClaim Name Request
    VolumeResourceRequirements Limits:m Requests:m
    ContainerResizePolicy ResourceName RestartPolicy
    ContainerRestartRule Action ExitCodes:*RestartExitCodes
    RestartExitCodes Operator Values:l
    VolumeMount Name ReadOnly:b RecursiveReadOnly:p MountPath SubPath MountPropagation:p SubPathExpr
    VolumeDevice Name DevicePath
    Probe Exec:*ExecAction HTTPGet=httpGet:*HTTPGetAction TCPSocket=tcpSocket:*SocketAction GRPC=grpc:*GRPCAction \
    InitialDelaySeconds:i TimeoutSeconds:i PeriodSeconds:i SuccessThreshold:i FailureThreshold:i \
    TerminationGracePeriodSeconds:p
    Lifecycle PostStart:*LifecycleHandler PreStop:*LifecycleHandler StopSignal:p
    LifecycleHandler Exec:*ExecAction HTTPGet=httpGet:*HTTPGetAction TCPSocket=tcpSocket:*SocketAction Sleep:*SleepAction
    ExecAction Command:l
    HTTPGetAction Path Port:i Host Scheme HTTPHeaders=httpHeaders:@NameValue
    SocketAction Port:i Host
    GRPCAction Port:i Service:p
    SleepAction Seconds:i
    Affinity NodeAffinity:*NodeAffinity PodAffinity:*PodAffinity PodAntiAffinity:*PodAffinity
    NodeAffinity RequiredDuringSchedulingIgnoredDuringExecution:*NodeSelector \
    PreferredDuringSchedulingIgnoredDuringExecution:@PreferredSchedulingTerm
    NodeSelector NodeSelectorTerms:@NodeSelectorTerm
    NodeSelectorTerm MatchExpressions:@NodeSelectorRequirement MatchFields:@NodeSelectorRequirement
    NodeSelectorRequirement Key Operator Values:l
    PreferredSchedulingTerm Weight:i Preference:NodeSelectorTerm
    PodAffinity RequiredDuringSchedulingIgnoredDuringExecution:@PodAffinityTerm \
    PreferredDuringSchedulingIgnoredDuringExecution:@WeightedPodAffinityTerm
    PodAffinityTerm LabelSelector:w Namespaces:l TopologyKey NamespaceSelector:w MatchLabelKeys:l MismatchLabelKeys:l
    WeightedPodAffinityTerm Weight:i PodAffinityTerm:PodAffinityTerm
    Toleration Key Operator Value Effect TolerationSeconds:p
    HostAlias IP=ip Hostnames:l
    PodDNSConfig Nameservers:l Searches:l Options:@PodDNSOption
    PodDNSOption Name Value:p
    PodReadinessGate ConditionType
    TopologySpreadConstraint MaxSkew:i TopologyKey WhenUnsatisfiable LabelSelector:w MinDomains:p \
    NodeAffinityPolicy:p NodeTaintsPolicy:p MatchLabelKeys:l
    PodOS Name
    PodResourceClaim Name ResourceClaimName:p ResourceClaimTemplateName:p
    Volume Name HostPath:*HostPath EmptyDir:*EmptyDir GCEPersistentDisk=gcePersistentDisk:*GCEDisk \
    AWSElasticBlockStore=awsElasticBlockStore:*AWSDisk GitRepo:*GitRepo Secret:*SecretVolume NFS=nfs:*NFS \
    ISCSI=iscsi:*ISCSI Glusterfs:*Glusterfs PersistentVolumeClaim:*ClaimVolume RBD=rbd:*RBD Quobyte:*Quobyte \
    FlexVolume:*FlexVolume Cinder:*Cinder CephFS=cephfs:*CephFS Flocker:*Flocker \
    DownwardAPI=downwardAPI:*DownwardAPI FC=fc:*FC AzureFile:*AzureFile ConfigMap:*ConfigMapVolume \
    VsphereVolume:*Vsphere AzureDisk:*AzureDisk PhotonPersistentDisk:*Photon Projected:*Projected \
    PortworxVolume:*Portworx ScaleIO=scaleIO:*ScaleIO StorageOS=storageos:*StorageOS CSI=csi:*CSIVolume \
    Ephemeral:*Ephemeral Image:*ImageVolume
    HostPath Path Type:p
    EmptyDir Medium SizeLimit:p
    GCEDisk PDName=pdName FSType=fsType Partition:i ReadOnly:b
    AWSDisk VolumeID=volumeID FSType=fsType Partition:i ReadOnly:b
    GitRepo Repository Revision Directory
    SecretVolume SecretName Items:@KeyToPath DefaultMode:p Optional:p
    KeyToPath Key Path Mode:p
    NFS Server Path ReadOnly:b
    ISCSI TargetPortal IQN=iqn Lun:i ISCSIInterface=iscsiInterface FSType=fsType ReadOnly:b Portals:l \
    DiscoveryCHAPAuth=chapAuthDiscovery:b SessionCHAPAuth=chapAuthSession:b SecretRef:*Reference InitiatorName:p
    Glusterfs EndpointsName=endpoints Path ReadOnly:b
    ClaimVolume ClaimName ReadOnly:b
    RBD CephMonitors=monitors:l RBDImage=image FSType=fsType RBDPool=pool RadosUser=user Keyring \
    SecretRef:*Reference ReadOnly:b
    Quobyte Registry Volume ReadOnly:b User Group Tenant
    FlexVolume Driver FSType=fsType SecretRef:*Reference ReadOnly:b Options:m
    Cinder VolumeID=volumeID FSType=fsType ReadOnly:b SecretRef:*Reference
    CephFS Monitors:l Path User SecretFile SecretRef:*Reference ReadOnly:b
    Flocker DatasetName DatasetUUID=datasetUUID
    DownwardAPI Items:@DownwardAPIFile DefaultMode:p
    DownwardAPIFile Path FieldRef:*ObjectFieldSelector ResourceFieldRef:*ResourceFieldSelector Mode:p
    FC TargetWWNs=targetWWNs:l Lun:p FSType=fsType ReadOnly:b WWIDs=wwids:l
    AzureFile SecretName ShareName ReadOnly:b
    ConfigMapVolume Name Items:@KeyToPath DefaultMode:p Optional:p
    Vsphere VolumePath FSType=fsType StoragePolicyName StoragePolicyID=storagePolicyID
    AzureDisk DiskName DataDiskURI=diskURI CachingMode:p FSType=fsType:p ReadOnly:p Kind:p
    Photon PdID=pdID FSType=fsType
    Projected Sources:@VolumeProjection DefaultMode:p
    VolumeProjection Secret:*ProjectionItems DownwardAPI=downwardAPI:*DownwardAPIItems ConfigMap:*ProjectionItems \
    ServiceAccountToken:*TokenProjection ClusterTrustBundle:*TrustBundleProjection PodCertificate:*CertificateProjection
    ProjectionItems Name Items:@KeyToPath Optional:p
    DownwardAPIItems Items:@DownwardAPIFile
    TokenProjection Audience ExpirationSeconds:i Path
    TrustBundleProjection Name:p SignerName:p LabelSelector:w Optional:p Path
    CertificateProjection SignerName KeyType MaxExpirationSeconds:p CredentialBundlePath KeyPath CertificateChainPath \
    UserAnnotations:m
    Portworx VolumeID=volumeID FSType=fsType ReadOnly:b
    ScaleIO Gateway System SecretRef:*Reference SSLEnabled=sslEnabled:b ProtectionDomain StoragePool StorageMode \
    VolumeName FSType=fsType ReadOnly:b
    StorageOS VolumeName VolumeNamespace FSType=fsType ReadOnly:b SecretRef:*Reference
    CSIVolume Driver ReadOnly:p FSType=fsType:p VolumeAttributes:m NodePublishSecretRef:*Reference
    Ephemeral VolumeClaimTemplate:*ClaimTemplate
    ClaimTemplate metadata:w Spec:ClaimSpec
    ImageVolume Reference PullPolicy
    ClaimSpec AccessModes:l Selector:w Resources:VolumeResourceRequirements VolumeName StorageClassName:p VolumeMode:p \
    DataSource:*TypedReference DataSourceRef:*TypedObjectReference VolumeAttributesClassName:p
    TypedReference APIGroup=apiGroup:p Kind Name
    TypedObjectReference APIGroup=apiGroup:p Kind Name Namespace:p
    PersistentVolumeSource GCEPersistentDisk=gcePersistentDisk:*GCEDisk \
    AWSElasticBlockStore=awsElasticBlockStore:*AWSDisk HostPath:*HostPath Glusterfs:*PersistentGlusterfs NFS=nfs:*NFS \
    RBD=rbd:*PersistentRBD Quobyte:*Quobyte ISCSI=iscsi:*PersistentISCSI FlexVolume:*PersistentFlexVolume \
    Cinder:*PersistentCinder CephFS=cephfs:*PersistentCephFS FC=fc:*FC Flocker:*Flocker \
    AzureFile:*PersistentAzureFile VsphereVolume:*Vsphere AzureDisk:*AzureDisk PhotonPersistentDisk:*Photon \
    PortworxVolume:*Portworx ScaleIO=scaleIO:*PersistentScaleIO Local:*LocalVolume StorageOS=storageos:*PersistentStorageOS \
    CSI=csi:*PersistentCSI
    PersistentGlusterfs EndpointsName=endpoints Path ReadOnly:b EndpointsNamespace:p
    PersistentRBD CephMonitors=monitors:l RBDImage=image FSType=fsType RBDPool=pool RadosUser=user Keyring \
    SecretRef:*NamespacedReference ReadOnly:b
    PersistentISCSI TargetPortal IQN=iqn Lun:i ISCSIInterface=iscsiInterface FSType=fsType ReadOnly:b Portals:l \
    DiscoveryCHAPAuth=chapAuthDiscovery:b SessionCHAPAuth=chapAuthSession:b SecretRef:*NamespacedReference \
    InitiatorName:p
    PersistentFlexVolume Driver FSType=fsType SecretRef:*NamespacedReference ReadOnly:b Options:m
    PersistentCinder VolumeID=volumeID FSType=fsType ReadOnly:b SecretRef:*NamespacedReference
    PersistentCephFS Monitors:l Path User SecretFile SecretRef:*NamespacedReference ReadOnly:b
    PersistentAzureFile SecretName ShareName ReadOnly:b SecretNamespace:p
    PersistentScaleIO Gateway System SecretRef:*NamespacedReference SSLEnabled=sslEnabled:b ProtectionDomain \
    StoragePool StorageMode VolumeName FSType=fsType ReadOnly:b
    LocalVolume Path FSType=fsType:p
    PersistentStorageOS VolumeName VolumeNamespace FSType=fsType ReadOnly:b SecretRef:*ObjectReference
    ObjectReference Kind Namespace Name UID=uid APIVersion=apiVersion ResourceVersion FieldPath
    PersistentCSI Driver VolumeHandle ReadOnly:b FSType=fsType VolumeAttributes:m \
    ControllerPublishSecretRef:*NamespacedReference NodeStageSecretRef:*NamespacedReference \
    NodePublishSecretRef:*NamespacedReference ControllerExpandSecretRef:*NamespacedReference \
    NodeExpandSecretRef:*NamespacedReference
    EventSource Component Host
    CSINodeDriver Name NodeID=nodeID TopologyKeys:l Allocatable:*VolumeNodeResources
    VolumeNodeResources Count:p
    SigningRequestCondition Type Status Reason Message LastUpdateTime:p LastTransitionTime:p
    UncountedTerminatedPods Succeeded:l Failed:l
    Taint Key Value Effect TimeAdded:p
    NodeAddress Type Address
    ScopeSelector MatchExpressions:@ScopeRequirement
    ScopeRequirement ScopeName Operator Values:l
    DeploymentStrategy Type RollingUpdate:*RollingUpdate
    RollingUpdate MaxUnavailable:p MaxSurge:p
    JobSuccessPolicy Rules:@JobSuccessPolicyRule
    JobSuccessPolicyRule SucceededIndexes:p SucceededCount:p
    PodFailurePolicy Rules:@PodFailurePolicyRule
    PodFailurePolicyRule Action OnExitCodes:*FailureExitCodes OnPodConditions:@FailureCondition
    FailureExitCodes ContainerName:p Operator Values:l
    FailureCondition Type Status
    ParentReference Group Resource Namespace Name
    VolumeAttachmentSpec Attacher NodeName Source:VolumeAttachmentSource
    VolumeAttachmentSource PersistentVolumeName:p InlineVolumeSpec:w
    ValidationRule Rule Message MessageExpression Reason:p FieldPath OptionalOldSelf:p
    ServicePort Name Protocol AppProtocol:p Port:i TargetPort:i NodePort:i
    RoleRef APIGroup=apiGroup Kind Name
    PodDisruptionBudgetSpec MinAvailable:p Selector:w MaxUnavailable:p UnhealthyPodEvictionPolicy:p
    """
}
