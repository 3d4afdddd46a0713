using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Crm.Platform.Data.Migrations
{
    /// <inheritdoc />
    public partial class PostsAndClosures : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ux_work_weeks_from",
                schema: "platform",
                table: "work_weeks");

            migrationBuilder.DropIndex(
                name: "ux_special_days_day",
                schema: "platform",
                table: "special_days");

            migrationBuilder.AddColumn<Guid>(
                name: "branch_id",
                schema: "platform",
                table: "work_weeks",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "province_id",
                schema: "platform",
                table: "work_weeks",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "branch_id",
                schema: "platform",
                table: "special_days",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "province_id",
                schema: "platform",
                table: "special_days",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "province_id",
                schema: "platform",
                table: "branches",
                type: "integer",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "closures",
                schema: "platform",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    from = table.Column<DateOnly>(type: "date", nullable: false),
                    until = table.Column<DateOnly>(type: "date", nullable: false),
                    from_time = table.Column<TimeOnly>(type: "time without time zone", nullable: true),
                    until_time = table.Column<TimeOnly>(type: "time without time zone", nullable: true),
                    title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    decree = table.Column<string>(type: "character varying(200)", maxLength: 200, nullable: true),
                    branch_id = table.Column<Guid>(type: "uuid", nullable: true),
                    province_id = table.Column<int>(type: "integer", nullable: true),
                    taken_back_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    taken_back_by = table.Column<Guid>(type: "uuid", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_closures", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "posts",
                schema: "platform",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    title = table.Column<string>(type: "character varying(120)", maxLength: 120, nullable: false),
                    unit_id = table.Column<Guid>(type: "uuid", nullable: false),
                    reports_to_id = table.Column<Guid>(type: "uuid", nullable: true),
                    leads = table.Column<bool>(type: "boolean", nullable: false),
                    description = table.Column<string>(type: "character varying(1000)", maxLength: 1000, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_posts", x => x.id);
                    table.ForeignKey(
                        name: "fk_posts_posts_reports_to_id",
                        column: x => x.reports_to_id,
                        principalSchema: "platform",
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                    table.ForeignKey(
                        name: "fk_posts_units_unit_id",
                        column: x => x.unit_id,
                        principalSchema: "platform",
                        principalTable: "units",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "leaves",
                schema: "platform",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    from = table.Column<DateOnly>(type: "date", nullable: false),
                    until = table.Column<DateOnly>(type: "date", nullable: false),
                    deputy_id = table.Column<Guid>(type: "uuid", nullable: false),
                    post_id = table.Column<Guid>(type: "uuid", nullable: true),
                    note = table.Column<string>(type: "character varying(500)", maxLength: 500, nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true),
                    xmin = table.Column<uint>(type: "xid", rowVersion: true, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_leaves", x => x.id);
                    table.ForeignKey(
                        name: "fk_leaves_posts_post_id",
                        column: x => x.post_id,
                        principalSchema: "platform",
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "post_holders",
                schema: "platform",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    post_id = table.Column<Guid>(type: "uuid", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    from = table.Column<DateOnly>(type: "date", nullable: false),
                    until = table.Column<DateOnly>(type: "date", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    created_by = table.Column<Guid>(type: "uuid", nullable: true),
                    updated_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    updated_by = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_post_holders", x => x.id);
                    table.ForeignKey(
                        name: "fk_post_holders_posts_post_id",
                        column: x => x.post_id,
                        principalSchema: "platform",
                        principalTable: "posts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ux_work_weeks_from_branch_id_province_id",
                schema: "platform",
                table: "work_weeks",
                columns: new[] { "from", "branch_id", "province_id" },
                unique: true)
                .Annotation("Npgsql:NullsDistinct", false);

            migrationBuilder.CreateIndex(
                name: "ux_special_days_day_branch_id_province_id",
                schema: "platform",
                table: "special_days",
                columns: new[] { "day", "branch_id", "province_id" },
                unique: true)
                .Annotation("Npgsql:NullsDistinct", false);

            migrationBuilder.CreateIndex(
                name: "ix_closures_from_until",
                schema: "platform",
                table: "closures",
                columns: new[] { "from", "until" });

            migrationBuilder.CreateIndex(
                name: "ix_leaves_post_id",
                schema: "platform",
                table: "leaves",
                column: "post_id");

            migrationBuilder.CreateIndex(
                name: "ix_leaves_until_from",
                schema: "platform",
                table: "leaves",
                columns: new[] { "until", "from" });

            migrationBuilder.CreateIndex(
                name: "ix_leaves_user_id_from",
                schema: "platform",
                table: "leaves",
                columns: new[] { "user_id", "from" });

            migrationBuilder.CreateIndex(
                name: "ix_post_holders_post_id",
                schema: "platform",
                table: "post_holders",
                column: "post_id");

            migrationBuilder.CreateIndex(
                name: "ix_post_holders_user_id",
                schema: "platform",
                table: "post_holders",
                column: "user_id");

            migrationBuilder.CreateIndex(
                name: "ix_posts_reports_to_id",
                schema: "platform",
                table: "posts",
                column: "reports_to_id");

            migrationBuilder.CreateIndex(
                name: "ux_posts_unit_id_title",
                schema: "platform",
                table: "posts",
                columns: new[] { "unit_id", "title" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "closures",
                schema: "platform");

            migrationBuilder.DropTable(
                name: "leaves",
                schema: "platform");

            migrationBuilder.DropTable(
                name: "post_holders",
                schema: "platform");

            migrationBuilder.DropTable(
                name: "posts",
                schema: "platform");

            migrationBuilder.DropIndex(
                name: "ux_work_weeks_from_branch_id_province_id",
                schema: "platform",
                table: "work_weeks");

            migrationBuilder.DropIndex(
                name: "ux_special_days_day_branch_id_province_id",
                schema: "platform",
                table: "special_days");

            migrationBuilder.DropColumn(
                name: "branch_id",
                schema: "platform",
                table: "work_weeks");

            migrationBuilder.DropColumn(
                name: "province_id",
                schema: "platform",
                table: "work_weeks");

            migrationBuilder.DropColumn(
                name: "branch_id",
                schema: "platform",
                table: "special_days");

            migrationBuilder.DropColumn(
                name: "province_id",
                schema: "platform",
                table: "special_days");

            migrationBuilder.DropColumn(
                name: "province_id",
                schema: "platform",
                table: "branches");

            migrationBuilder.CreateIndex(
                name: "ux_work_weeks_from",
                schema: "platform",
                table: "work_weeks",
                column: "from",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ux_special_days_day",
                schema: "platform",
                table: "special_days",
                column: "day",
                unique: true);
        }
    }
}
