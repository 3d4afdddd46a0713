using Crm.Contacts.Data;
using Crm.Contacts.Domain;
using Crm.Core;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace Crm.Contacts.Shared;

/// <summary>Rows of costs in the form of a communication.</summary>
internal sealed record CostRows(BaseValues Lists, ICurrentUser Me, string Name, List<CostFields> Costs)
{
    public LogCommunicationCosts Command { get; } = new(Costs);

    /// <summary>What stands there, and one more to fill.</summary>
    public int Count => Costs.Count + 1;

    public string? AddUrl => Me.Can(ContactsPermissions.ManageBaseData) ? "/contacts/settings/base-data/add?list=" + BaseLists.CostKind : null;

    public IEnumerable<SelectListItem> Kinds(int i) => Lists.Choices(BaseLists.CostKind, i < Costs.Count ? Costs[i].KindId : null).Select(v => new SelectListItem(v.Title, v.Id.ToString()));
}

/// <summary>So that the fields are called <c>Command.Costs[i]</c>, as the page binds them.</summary>
internal sealed class LogCommunicationCosts(List<CostFields> costs)
{
    public List<CostFields> Costs { get; } = [.. costs, new()];
}
