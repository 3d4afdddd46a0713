using Crm.Contacts.Domain;
using Crm.Core;
using Crm.Data;
using Microsoft.EntityFrameworkCore;

namespace Crm.Contacts.Features.Reports;

/// <summary>What figures over follow-ups are narrowed to.</summary>
internal sealed record FollowUpFilter
{
    /// <summary>Person in charge.</summary>
    public Guid? User { get; init; }

    public Guid? Contact { get; init; }

    public Guid? Kind { get; init; }

    public int? Province { get; init; }

    /// <summary>First day it was due, in the user's zone.</summary>
    public DateOnly? From { get; init; }

    public DateOnly? To { get; init; }
}

internal static class FollowUpsOfReport
{
    public static IQueryable<FollowUp> Narrow(IQueryable<FollowUp> all, FollowUpFilter f, DateView dates)
    {
        if (f.User is { } user) all = all.Where(x => x.AssigneeId == user);
        if (f.Contact is { } contact) all = all.Where(x => x.ContactId == contact);
        if (f.Kind is { } kind) all = all.Where(x => x.KindId == kind);
        if (f.Province is { } province) all = all.Where(x => x.Contact!.ProvinceId == province);
        if (f.From is { } from)
        {
            var start = dates.Moment(from, TimeOnly.MinValue);
            all = all.Where(x => x.DueAt >= start);
        }

        if (f.To is { } to)
        {
            var end = dates.Moment(to.AddDays(1), TimeOnly.MinValue);
            all = all.Where(x => x.DueAt < end);
        }

        return all;
    }

    /// <summary>By person in charge: in time is what was done by the end of the day that it was planned for.</summary>
    public static async Task<IReadOnlyList<FollowUpFigures>> FiguresAsync(IQueryable<FollowUp> all, DateView dates, DateTimeOffset now, CancellationToken ct)
    {
        var zone = dates.Zone.Id;
        return await all.GroupBy(f => f.AssigneeId).Select(g => new FollowUpFigures(
            g.Key, g.LongCount(),
            g.LongCount(f => f.State == FollowUpState.Done && LocalDay.Of(f.EndedAt!.Value, zone) <= LocalDay.Of(f.DueAt, zone)),
            g.LongCount(f => f.State == FollowUpState.Done && LocalDay.Of(f.EndedAt!.Value, zone) > LocalDay.Of(f.DueAt, zone)),
            g.LongCount(f => f.State == FollowUpState.Open && f.DueAt < now),
            g.LongCount(f => f.State == FollowUpState.Open && f.DueAt >= now),
            g.LongCount(f => f.State == FollowUpState.Cancelled))).ToListAsync(ct);
    }
}
