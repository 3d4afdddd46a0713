using Crm.Core;
using FsCheck;
using FsCheck.Fluent;

namespace Crm.Tests.Lists;

public sealed class FilterTests
{
    [Theory]
    [InlineData("status.is(a,b)")]
    [InlineData("status.is(a);owner.is(me)")]
    [InlineData("status.is(a);(city.is(1)|name.has('علی رضا'))")]
    [InlineData("name.has('O''Neil, (x)');custom.size.between(1,2)")]
    [InlineData("birthday.today()")]
    public void A_filter_is_written_as_it_was_read(string text) => RecordFilter.Parse(text)!.ToString().Should().Be(text);

    [Theory]
    [InlineData("status")]
    [InlineData("status.is(")]
    [InlineData("status.is(a)) or 1=1")]
    [InlineData("a.is(1);b.is(2)|c.is(3)")]
    [InlineData("name.has('open)")]
    [InlineData("((((((a.is(1)))))))")]
    public void What_cannot_be_read_is_refused(string text)
    {
        var read = () => RecordFilter.Parse(text);
        read.Should().Throw<InvalidInput>();
    }

    [Fact]
    public void Any_value_survives_the_way_through_an_address()
    {
        Prop.ForAll<NonNull<string>>(value =>
        {
            var condition = new FilterCondition("name", "has", [value.Get]);
            var read = RecordFilter.Parse(new RecordFilter(new FilterGroup(false, [condition])).ToString())!;
            return ((FilterCondition)read.Root.Items[0]).Values[0] == value.Get;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [InlineData("width * height / 10000", "6")]
    [InlineData("round(width / 7, 2)", "28.57")]
    [InlineData("-(width - height) * 2", "200")]
    [InlineData("max(width, height, 5)", "300")]
    [InlineData("width / (height - 300)", null)]
    [InlineData("width + gone", null)]
    public void A_formula_is_worked_out(string formula, string? expected)
    {
        var result = Formula.Evaluate(formula, key => key switch { "width" => 200, "height" => 300, _ => null });
        result?.ToString(System.Globalization.CultureInfo.InvariantCulture).Should().Be(expected);
    }

    [Theory]
    [InlineData("width *")]
    [InlineData("eval(1)")]
    [InlineData("width; drop table")]
    [InlineData("1..2")]
    public void A_formula_that_cannot_be_read_is_refused(string formula)
    {
        var read = () => Formula.Evaluate(formula, _ => 1);
        read.Should().Throw<FormatException>();
    }
}
