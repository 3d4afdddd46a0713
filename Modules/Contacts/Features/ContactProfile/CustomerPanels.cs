using Crm.Contacts.Contracts;
using Crm.Contacts.Shared;
using Crm.Core;
using Microsoft.Extensions.Logging;

namespace Crm.Contacts.Features.ContactProfile;

internal enum PanelState
{
    Ready,
    Later,
    Failed,
}

/// <summary>A panel as it is shown.</summary>
internal sealed record PanelView(string Key, string Title, string Place, PanelState State, string View, object? Model)
{
    /// <summary>What of it stands at the head of the page.</summary>
    public IReadOnlyList<GlanceFact> Facts { get; init; } = [];
}

/// <summary>The blocks that modules contribute to the customer's page: none can slow it down or break it.</summary>
internal sealed partial class CustomerPanels(IEnumerable<IContactPanel> panels, InOwnScope own, ICurrentUser me, ILogger<CustomerPanels> log)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_alone = TimeSpan.FromSeconds(20);

    /// <summary>All panels this user may see, loaded side by side; what takes over 300 ms is left for later.</summary>
    /// <param name="contactId">The contact.</param>
    /// <param name="ready">Models by key that the page has read already.</param>
    /// <param name="ct">The request.</param>
    public async Task<IReadOnlyList<PanelView>> AllAsync(Guid contactId, IReadOnlyDictionary<string, object?> ready, CancellationToken ct)
    {
        var shown = await Task.WhenAll(Visible().OrderBy(p => p.Order).Select(p => ready.TryGetValue(p.Key, out var model) ? Task.FromResult(Shown(p, contactId, model)) : LoadAsync(p, contactId, s_patience, ct)));
        return [.. shown.Where(p => p is not null).Select(p => p!)];
    }

    /// <summary>One panel, with time enough; null when there is none of the key or nothing to show.</summary>
    public async Task<PanelView?> OneAsync(string key, Guid contactId, CancellationToken ct) =>
        Visible().FirstOrDefault(p => p.Key == key) is { } panel ? await LoadAsync(panel, contactId, s_alone, ct) : null;

    private IEnumerable<IContactPanel> Visible() => panels.Where(p => p.Permission is null || me.Can(p.Permission));

    private async Task<PanelView?> LoadAsync(IContactPanel panel, Guid contactId, TimeSpan patience, CancellationToken ct)
    {
        var view = ViewOf(panel);
        try
        {
            return Shown(panel, contactId, await own.RunAsync<IContactPanel, object?>(panel.GetType(), (p, token) => p.LoadAsync(contactId, token), patience, ct));
        }
        catch (TimeoutException)
        {
            Slow(log, panel.Key);
            return new(panel.Key, panel.Title, panel.Place, PanelState.Later, view, null);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            Broken(log, e, panel.Key);
            return new(panel.Key, panel.Title, panel.Place, PanelState.Failed, view, null);
        }
    }

    private static PanelView? Shown(IContactPanel panel, Guid contactId, object? model) =>
        model is null ? null : new(panel.Key, panel.Title, panel.Place, PanelState.Ready, ViewOf(panel), model) { Facts = [.. panel.Glance(contactId, model).Take(3)] };

    // Crm.Sales.Panels.DealsPanel → ~/Modules/Sales/Panels/DealsPanel.cshtml
    private static string ViewOf(IContactPanel panel) => "~/Modules/" + panel.GetType().FullName!["Crm.".Length..].Replace('.', '/') + ".cshtml";

    /// <summary>The markup of a panel threw.</summary>
    public void MarkupFailed(Exception e, string key) => Broken(log, e, key);

    [LoggerMessage(Level = LogLevel.Information, Message = "Panel {Key} took too long and is loaded later")]
    private static partial void Slow(ILogger log, string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Panel {Key} could not be shown")]
    private static partial void Broken(ILogger log, Exception e, string key);
}
