namespace Crm.Core;

/// <summary>
/// Background work that empties a queue in the database. Registered by hand as a singleton beside its hosted service
/// (<c>services.AddPump&lt;T&gt;()</c>). With <c>Crm:Pumps=false</c> no pump runs by itself: a host that only serves pages, or a test that drains.
/// </summary>
public interface IPump
{
    /// <summary>Does all that is due now; answers how many items it tried.</summary>
    Task<int> DrainAsync(CancellationToken ct);
}
