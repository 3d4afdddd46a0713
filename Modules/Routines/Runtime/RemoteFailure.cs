using System.Net.Sockets;
using Crm.Core;
using Crm.Workflows;

namespace Crm.Routines.Runtime;

/// <summary>Another system could not be reached, was too slow, or answered that it could not.</summary>
internal sealed class RemoteFailure(FailureKinds kind, string message, Exception? inner = null) : Exception(message, inner)
{
    public FailureKinds Kind { get; } = kind;

    /// <summary>What kind of failure an exception is, as far as a retry cares.</summary>
    public static FailureKinds KindOf(Exception e) => e switch
    {
        RemoteFailure remote => remote.Kind,
        StaleRecord => FailureKinds.Error,
        CrmException => FailureKinds.Rule,
        TimeoutException or OperationCanceledException => FailureKinds.Timeout,
        HttpRequestException or SocketException => FailureKinds.Network,
        _ => FailureKinds.Error,
    };
}
