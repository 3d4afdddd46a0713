using Crm.Platform.Contracts;
using Crm.Platform.Organising;

namespace Crm.Tests.Platform;

/// <summary>A company with sales (head by a post) and two teams below it; everybody by a number.</summary>
public sealed class OrgChartTests
{
    private static readonly DateOnly s_today = new(2026, 11, 26);
    private static readonly Guid s_company = Id(100), s_sales = Id(101), s_north = Id(102), s_south = Id(103);
    private static readonly Guid s_ceo = Id(200), s_manager = Id(201), s_lead = Id(202), s_seller = Id(203);

    private static Guid Id(int n) => new($"00000000-0000-0000-0000-{n:000000000000}");

    private static OrgChart Chart(IReadOnlyList<ChartHolder>? holders = null, IEnumerable<ChartLeave>? leaves = null, params int[] gone) => new(
        [new(s_company, "Company", null, Id(1), []), new(s_sales, "Sales", s_company, null, []), new(s_north, "North", s_sales, Id(4), [Id(5), Id(6)]), new(s_south, "South", s_sales, null, [Id(7)])],
        [new(s_ceo, "CEO", s_company, null, true), new(s_manager, "Sales manager", s_sales, s_ceo, true), new(s_lead, "Team lead", s_south, s_manager, true), new(s_seller, "Seller", s_south, s_lead, false)],
        holders ?? [new(s_ceo, Id(1), s_today.AddYears(-3), null), new(s_manager, Id(2), s_today.AddYears(-1), null), new(s_seller, Id(8), s_today.AddMonths(-1), null)],
        leaves ?? [], Enumerable.Range(1, 20).Where(n => !gone.Contains(n)).ToDictionary(Id, n => (IReadOnlyList<Guid>)[Id(300 + n)]));

    private static ChartLeave Away(int who, int deputy, Guid? post = null, int from = -1, int until = 1) => new(Id(who), s_today.AddDays(from), s_today.AddDays(until), Id(deputy), post);

    [Fact]
    public void A_post_is_held_from_its_first_day_to_its_last()
    {
        var chart = Chart([new(s_manager, Id(2), s_today.AddDays(-10), s_today.AddDays(-1)), new(s_manager, Id(3), s_today, null), new(s_manager, Id(9), s_today.AddDays(5), null)]);
        chart.Holders(s_manager, s_today.AddDays(-11)).Should().BeEmpty();
        chart.Holders(s_manager, s_today.AddDays(-1)).Should().Equal(Id(2));
        chart.Holders(s_manager, s_today).Should().Equal(Id(3));
        chart.Holders(s_manager, s_today.AddDays(5)).Should().BeEquivalentTo([Id(3), Id(9)]);
    }

    [Fact]
    public void Who_has_left_holds_nothing() => Chart(gone: 2).Holders(s_manager, s_today).Should().BeEmpty();

    [Fact]
    public void The_leading_post_goes_before_the_head_of_the_unit()
    {
        Chart().HeadsOfUnit(s_company, s_today).Should().Equal(Id(1));
        Chart().HeadsOfUnit(s_sales, s_today).Should().Equal(Id(2));
        Chart().HeadsOfUnit(s_north, s_today).Should().Equal(Id(4));
        Chart().HeadsOfUnit(s_south, s_today).Should().BeEmpty("its leading post is vacant and it has no head");
    }

    [Fact]
    public void The_superior_is_the_next_one_up_who_is_there()
    {
        var chart = Chart();
        chart.SuperiorsOf(Id(8), s_today).Should().Equal([Id(2)], "the team lead's post is vacant");
        chart.SuperiorsOf(Id(2), s_today).Should().Equal(Id(1));
        chart.SuperiorsOf(Id(5), s_today).Should().Equal([Id(4)], "a member without a post answers to the head of the unit");
        chart.SuperiorsOf(Id(4), s_today).Should().Equal([Id(2)], "a head answers to the unit above");
        chart.SuperiorsOf(Id(7), s_today).Should().Equal(Id(2));
        chart.SuperiorsOf(Id(1), s_today).Should().BeEmpty("nobody is above");
        chart.SuperiorsOfPost(s_lead, s_today).Should().Equal([Id(2)], "also while the post is vacant");
        chart.SuperiorsOf(Id(15), s_today).Should().BeEmpty("he belongs nowhere");
    }

    [Fact]
    public void The_head_of_somebodys_unit_may_be_himself()
    {
        Chart().HeadsOf(Id(5), s_today).Should().Equal(Id(4));
        Chart().HeadsOf(Id(4), s_today).Should().Equal(Id(4));
        Chart().HeadsOf(Id(8), s_today).Should().BeEmpty();
    }

    [Fact]
    public void Work_goes_to_the_deputy_while_somebody_is_away_and_back_after_it()
    {
        var chart = Chart(leaves: [Away(2, 5)]);
        chart.AfterDeputies([Id(2), Id(3)], null, s_today).Should().Equal(new Hand(Id(5), Id(2)), new Hand(Id(3), null));
        chart.AfterDeputies([Id(2)], null, s_today.AddDays(2)).Should().Equal(new Hand(Id(2), null));
        chart.StandInOf(Id(5), s_today).Users.Should().Equal(Id(2));
        chart.StandInOf(Id(5), s_today).Roles.Should().Equal([Id(302)], "work of his roles is his too");
        chart.StandInOf(Id(5), s_today.AddDays(2)).Should().Be(StandIn.Nobody);
    }

    [Fact]
    public void A_deputy_who_is_away_has_a_deputy_himself()
    {
        var chart = Chart(leaves: [Away(2, 5), Away(5, 6)]);
        chart.AfterDeputies([Id(2)], null, s_today).Should().Equal(new Hand(Id(6), Id(2)));
        chart.StandInOf(Id(6), s_today).Users.Should().BeEquivalentTo([Id(2), Id(5)]);
        chart.StandInOf(Id(5), s_today).Should().Be(StandIn.Nobody);
    }

    [Fact]
    public void Two_who_stand_in_for_each_other_keep_their_own_work()
    {
        var chart = Chart(leaves: [Away(2, 5), Away(5, 2)]);
        chart.AfterDeputies([Id(2), Id(5)], null, s_today).Should().Equal(new Hand(Id(2), null), new Hand(Id(5), null));
    }

    [Fact]
    public void A_deputy_who_has_left_is_none() =>
        Chart(leaves: [Away(2, 5)], gone: 5).AfterDeputies([Id(2)], null, s_today).Should().Equal(new Hand(Id(2), null));

    [Fact]
    public void A_leave_of_one_post_hands_over_the_work_of_that_post_only()
    {
        var chart = Chart(leaves: [Away(2, 5, s_manager)]);
        chart.AfterDeputies([Id(2)], s_manager, s_today).Should().Equal(new Hand(Id(5), Id(2)));
        chart.AfterDeputies([Id(2)], null, s_today).Should().Equal(new Hand(Id(2), null));
        var standIn = chart.StandInOf(Id(5), s_today);
        standIn.Users.Should().BeEmpty();
        standIn.Of([Id(2)], s_manager).Should().Equal(Id(2));
        standIn.Of([Id(2)], s_ceo).Should().BeEmpty();
    }

    [Fact]
    public void The_deputy_of_a_post_goes_before_the_one_of_the_whole_work()
    {
        var chart = Chart(leaves: [Away(2, 5), Away(2, 6, s_manager)]);
        chart.DoesWorkOf(Id(2), s_manager, s_today).Should().Be(Id(6));
        chart.DoesWorkOf(Id(2), null, s_today).Should().Be(Id(5));
    }
}
