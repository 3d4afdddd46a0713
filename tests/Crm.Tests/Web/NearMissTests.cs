using Crm.Core;

namespace Crm.Tests.Web;

public sealed class NearMissTests
{
    [Theory]
    [InlineData("nme", "name")]
    [InlineData("naem", "name")]
    [InlineData("Name", "name")]
    [InlineData("companyname", "companyName")]
    [InlineData("birhtdya", "birthday")]
    [InlineData("x", null)]
    [InlineData("password", null)]
    [InlineData("", null)]
    public void A_slip_of_the_pen_finds_the_name_that_was_meant_and_nothing_else_does(string typed, string? meant) =>
        NearMiss.Of(typed, ["number", "name", "companyName", "birthday", "status"]).Should().Be(meant);
}
